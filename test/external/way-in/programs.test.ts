import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, test } from 'vitest'

import { generateFiles, manifestOf } from '../../../src/admin/configure/generate.ts'
import { applyChanges, compareWith } from '../../../src/admin/configure/write.ts'
import { readDeployment } from '../../../src/admin/inventory/read-inventory.ts'
import { makeSecrets, readSecrets } from '../../../src/admin/inventory/secrets.ts'
import { systemProgram, testNatsServer } from '../../support/programs.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { inventoryFolder } from '../../support/test-deployment.ts'
import { makeCertificate } from '../../support/way-in.ts'

const run = promisify(execFile)

/** What a program says of a file in which it finds nothing wrong: nothing is asserted but its exit code. */
async function accepts(program: string | undefined, ...args: readonly string[]): Promise<void> {
  if (program === undefined) throw new Error('the program is not there')
  const result = await run(program, [...args]).catch((error: unknown) => error)
  expect(result).not.toBeInstanceOf(Error)
}

/** Two datacenters with every kind of service, in a folder of this test. */
async function everything(): Promise<{ readonly web: string; readonly data: string }> {
  const folder = await temporaryDirectory()
  makeCertificate(join(folder, 'site.pem'))
  const host = (
    name: string,
    datacenter: string,
    address: string,
    services: readonly string[],
  ): string =>
    `[hosts.${name}]\ndatacenter = "${datacenter}"\naddress = "${address}"\nservices = ${JSON.stringify(services)}\n`
  const conf = await inventoryFolder(`
name = "all"
[site]
publicUrl = "https://salvus.example.com/base/"
contentUrl = "https://content.example.com/"
[tls]
certificateFile = "${folder}/site.pem"
[paths]
data = "${folder}/{host}"
configuration = "${folder}/{host}/configuration"
cassandra = "/opt/cassandra/lib"
[dns]
zone = "example.com"
hostmaster = "host@example.com"
[alarms]
to = ["op@example.com"]
[nginx]
brotli = false
[datacenters.dc1]
networks = ["192.0.2.0/24"]
[datacenters.dc2]
${host('web', 'dc1', '127.0.0.1', ['stunnel', 'haproxy', 'nginx', 'hub', 'nats', 'powerdns', 'prometheus', 'alertmanager', 'project-server', 'cassandra'])}
hubs = 2
${host('far', 'dc2', '127.0.0.2', ['haproxy', 'hub', 'nats', 'nginx', 'cassandra'])}
`)
  const deployment = readDeployment({ folder: conf })
  makeSecrets(deployment)
  const secrets = readSecrets(deployment)
  const [web] = deployment.hosts
  if (web === undefined) throw new Error('no host')
  const files = generateFiles(deployment, web, secrets)
  applyChanges(web.configuration, files, compareWith(web.configuration, files))
  for (const { folders } of manifestOf(deployment, web).services) {
    for (const one of folders) mkdirSync(one, { recursive: true })
  }
  return { web: web.configuration, data: web.data }
}

describe('the real programs accept what is generated for them', () => {
  test.skipIf(systemProgram('haproxy') === undefined)('haproxy', async () => {
    const { web } = await everything()
    await accepts(systemProgram('haproxy'), '-c', '-f', join(web, 'haproxy/haproxy.cfg'))
  })

  test.skipIf(systemProgram('nginx') === undefined)('nginx', async () => {
    const { web, data } = await everything()
    const file = join(web, 'nginx/nginx.conf')
    await accepts(
      systemProgram('nginx'),
      '-t',
      '-e',
      'stderr',
      '-p',
      join(data, 'nginx'),
      '-c',
      file,
    )
  })

  test.skipIf(testNatsServer() === undefined)('NATS', async () => {
    const { web } = await everything()
    await accepts(testNatsServer(), '-t', '-c', join(web, 'nats/nats.conf'))
  })

  test.skipIf(systemProgram('pdns_server') === undefined)('PowerDNS', async () => {
    const { web } = await everything()
    await accepts(
      systemProgram('pdns_server'),
      '--config=check',
      `--config-dir=${join(web, 'powerdns')}`,
    )
  })

  test.skipIf(systemProgram('promtool') === undefined)('Prometheus', async () => {
    const { web } = await everything()
    await accepts(
      systemProgram('promtool'),
      'check',
      'config',
      join(web, 'prometheus/prometheus.yml'),
    )
  })

  test.skipIf(systemProgram('amtool') === undefined)('Alertmanager', async () => {
    const { web } = await everything()
    await accepts(
      systemProgram('amtool'),
      'check-config',
      join(web, 'alertmanager/alertmanager.yml'),
    )
  })

  test.skipIf(systemProgram('systemd-analyze') === undefined)('systemd', async () => {
    const { web } = await everything()
    const units = ['salvus-hub-1', 'salvus-haproxy', 'salvus-project-server', 'salvus-python'].map(
      (name) => join(web, 'systemd', `${name}.service`),
    )
    // It looks for the target that the units belong to beside its own.
    const target = join(dirname(units[0] ?? ''), 'salvus.target')
    writeFileSync(join(dirname(target), 'unused'), '')
    const { stderr } = await run(systemProgram('systemd-analyze') ?? '', [
      'verify',
      ...units,
      target,
    ])
    expect(stderr.split('\n').filter((line) => line.includes('salvus-'))).toEqual([])
  })
})
