import { parseArgs } from 'node:util'

import { generateFiles } from '../configure/generate.ts'
import { readManifest } from '../configure/manifest.ts'
import type { Manifest } from '../configure/manifest.ts'
import type { Deployment, Host } from '../inventory/deployment.ts'
import { readDeployment } from '../inventory/read-inventory.ts'
import { readSecrets } from '../inventory/secrets.ts'
import { isHere } from '../services/targets.ts'
import { checkCassandra } from './cassandra-view.ts'
import { checkCertificate } from './certificate.ts'
import { checkClocks } from './clocks.ts'
import { checkClientReadable, checkFiles, checkSecretModes } from './files.ts'
import { describeFinding } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkDisk, checkOpenFiles } from './machine.ts'
import { checkPrograms } from './programs.ts'
import { checkReachable, checkServices, othersThan } from './services.ts'
import { checkSurvival } from './survival.ts'

const USAGE = `Usage: salvus doctor --conf DIR [--environment NAME] | --configured DIR

Compares this machine with what it should be, and says what differs and what to do. With --conf, also what can be seen
from here of the other hosts of the installation. Exit code 0: nothing is wrong.
`

/** `salvus doctor`. */
export async function doctorCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      conf: { type: 'string' },
      environment: { type: 'string' },
      configured: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const { conf, configured, environment } = values
  if (values.help || (conf === undefined) === (configured === undefined)) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  let wrong = 0
  const tell = (title: string, findings: readonly (Finding | undefined)[]): void => {
    const there = findings.filter((finding) => finding !== undefined)
    if (there.length === 0) return
    process.stdout.write(`${title}\n${there.map(describeFinding).join('')}`)
    wrong += there.filter(({ verdict }) => verdict === 'wrong').length
  }
  if (configured !== undefined) {
    const manifest = readManifest(configured)
    tell(manifest.host, await examineHost(manifest, configured))
  } else if (conf !== undefined) {
    await examineDeployment(readDeployment({ folder: conf, environment }), tell)
  }
  process.stdout.write(wrong === 0 ? 'Nothing is wrong.\n' : `${wrong} wrong.\n`)
  return wrong === 0 ? 0 : 1
}

async function examineDeployment(
  deployment: Deployment,
  tell: (title: string, findings: readonly (Finding | undefined)[]) => void,
): Promise<void> {
  const here = deployment.hosts.filter(isHere)
  for (const host of here) {
    const findings = [examineFiles(deployment, host)]
    tell(host.name, [
      ...findings,
      ...(await examineHost(readManifest(host.configuration), host.configuration)),
    ])
  }
  const hasNginx = here.some(({ services }) => services.some(({ kind }) => kind === 'nginx'))
  tell('the installation', [
    ...checkCertificate(deployment, Date.now()),
    hasNginx ? checkClientReadable(deployment.clientDir) : undefined,
    checkSurvival(deployment),
    ...(await checkCassandra(deployment, here)),
  ])
  const others = othersThan(deployment, here)
  tell('other hosts', [
    ...(await Promise.all(others.map(checkReachable))),
    ...(await checkClocks(deployment, others)),
  ])
}

function examineFiles(deployment: Deployment, host: Host): Finding {
  const files = generateFiles(deployment, host, readSecrets(deployment))
  const environment =
    deployment.environment === undefined ? '' : ` --environment ${deployment.environment}`
  const remedy = `salvus configure --conf ${deployment.folder}${environment} --host ${host.name}`
  return checkFiles(host.configuration, files, remedy)
}

async function examineHost(
  manifest: Manifest,
  folder: string,
): Promise<readonly (Finding | undefined)[]> {
  return [
    checkSecretModes(folder),
    ...(await checkPrograms(manifest)),
    ...(await checkServices(manifest)),
    await checkDisk(manifest),
    checkOpenFiles(manifest),
  ]
}
