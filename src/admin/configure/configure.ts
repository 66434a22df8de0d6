import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

import { Failure } from '../failure.ts'
import type { Deployment, Host } from '../inventory/deployment.ts'
import { readDeployment } from '../inventory/read-inventory.ts'
import { makeSecrets, readSecrets, secretsFile } from '../inventory/secrets.ts'
import { generateFiles } from './generate.ts'
import { applyChanges, compareWith } from './write.ts'
import type { Change } from './write.ts'

const USAGE = `Usage: salvus configure --conf DIR [OPTION ...]

Writes the files of haproxy, nginx, stunnel, hubs, NATS, Cassandra, PowerDNS, systemd, Prometheus and Alertmanager
for each host of an installation, after showing what would change.

  --conf DIR          the folder of the installation, such as conf/deploy_local
  --environment NAME  lays environments/NAME.toml of that folder over its inventory.toml
  --host NAME         only this host; may be given several times
  --output DIR        writes to DIR/HOST instead of the folder that the inventory names
  --make-secrets      adds the secrets that are missing to secrets.toml, or makes it
  --diff              only shows what would change: exit code 1 where something would
  --yes               writes without asking

Exit code 0: all is as the inventory says.
`

/** `salvus configure`. */
export async function configureCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      conf: { type: 'string' },
      environment: { type: 'string' },
      host: { type: 'string', multiple: true, default: [] },
      output: { type: 'string' },
      'make-secrets': { type: 'boolean', default: false },
      diff: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help || values.conf === undefined) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const deployment = readDeployment({ folder: values.conf, environment: values.environment })
  if (values['make-secrets']) tellMade(deployment)
  const secrets = readSecrets(deployment)
  const hosts = chooseHosts(deployment, values.host)
  const plans = hosts.map((host) => {
    const { output } = values
    const folder = output === undefined ? host.configuration : join(resolve(output), host.name)
    const files = generateFiles(deployment, host, secrets)
    return { host, folder, files, changes: compareWith(folder, files) }
  })
  for (const { host, folder, changes } of plans) show(host, folder, changes)
  if (plans.every(({ changes }) => changes.length === 0)) return 0
  if (values.diff) return 1
  if (!values.yes && !(await agreed())) {
    process.stdout.write('Nothing was written.\n')
    return 1
  }
  for (const { folder, files, changes } of plans) applyChanges(folder, files, changes)
  process.stdout.write('Written.\n')
  return 0
}

function tellMade(deployment: Deployment): void {
  const made = makeSecrets(deployment)
  const file = secretsFile(deployment.folder)
  const what = made.length === 0 ? 'has all secrets' : `was given ${made.join(', ')}`
  process.stdout.write(`${file} ${what}.\n`)
}

/** @throws Failure for a name that the inventory does not have */
export function chooseHosts(deployment: Deployment, names: readonly string[]): readonly Host[] {
  if (names.length === 0) return deployment.hosts
  return names.map((name) => {
    const host = deployment.hosts.find((one) => one.name === name)
    if (host !== undefined) return host
    const known = deployment.hosts.map((one) => one.name).join(', ')
    throw new Failure(`There is no host "${name}" in ${deployment.folder}.`, `It has ${known}.`)
  })
}

function show(host: Host, folder: string, changes: readonly Change[]): void {
  const count = changes.length === 0 ? 'nothing changes' : `${changes.length} files change`
  process.stdout.write(`${host.name} (${folder}): ${count}\n`)
  for (const { path, kind, shown } of changes) {
    process.stdout.write(`\n  ${kind === 'mode' ? 'changed' : kind} ${path}\n`)
    for (const line of shown) process.stdout.write(`    ${line}\n`)
  }
  if (changes.length > 0) process.stdout.write('\n')
}

/** Asks the person; who can't be asked has not agreed. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure('Files would change, and nobody can be asked.', 'Give --yes to write them.')
  }
  process.stdout.write('Write these files? [y/N] ')
  const reader = createInterface({ input: process.stdin })
  const [answer] = (await Promise.race([once(reader, 'line'), once(reader, 'close')])) as unknown[]
  reader.close()
  return typeof answer === 'string' && /^y(es)?$/i.test(answer.trim())
}
