import { spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'

import { onTestFinished, test } from 'vitest'

import { generateFiles, manifestOf } from '../../../src/admin/configure/generate.ts'
import { applyChanges, compareWith } from '../../../src/admin/configure/write.ts'
import { readDeployment } from '../../../src/admin/inventory/read-inventory.ts'
import { makeSecrets, readSecrets } from '../../../src/admin/inventory/secrets.ts'
import { systemProgram } from '../../support/programs.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { inventoryFolder } from '../../support/test-deployment.ts'
import { until } from '../../support/until.ts'
import { loopbackNetwork } from '../../support/way-in.ts'

const DNS_PORT = 5453
const FRONT_PORT = 4480
const ANSWER_MS = 2_000
/** It looks every 2 s and waits 3 s for an answer; a busy machine takes longer. */
const NOTICED_MS = 60_000

/** A front whose /alive answers. */
async function front(address: string): Promise<Server> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/alive' ? 200 : 404).end('alive\n')
  })
  server.listen(FRONT_PORT, address)
  await once(server, 'listening')
  onTestFinished(() => stop(server))
  return server
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}

test.skipIf(systemProgram('pdns_server') === undefined)(
  'DNS tells the fronts of the nearest datacenter, the other one’s when those are dead, and them again when they are back',
  async () => {
    const network = loopbackNetwork()
    const [dc1, dc2, near1, near2] = [51, 52, 61, 62].map((last) => `${network}.${last}`)
    const folder = await temporaryDirectory()
    const conf = await inventoryFolder(`
name = "dns"
[site]
publicUrl = "http://salvus.example.com:${FRONT_PORT}/"
contentUrl = "http://content.example.com:${FRONT_PORT}/"
[paths]
data = "${folder}/{host}"
configuration = "${folder}/{host}/configuration"
cassandra = "${folder}"
[dns]
zone = "example.com"
ttlS = 1
hostmaster = "host@example.com"
[ports.powerdns]
dns = ${DNS_PORT}
[ports.haproxy]
http = ${FRONT_PORT}
[datacenters.dc1]
networks = ["${near1}/32"]
[datacenters.dc2]
networks = ["${near2}/32"]
[hosts.one]
datacenter = "dc1"
address = "${dc1}"
services = ["haproxy", "powerdns"]
[hosts.two]
datacenter = "dc2"
address = "${dc2}"
services = ["haproxy"]
`)
    const deployment = readDeployment({ folder: conf })
    makeSecrets(deployment)
    const [one] = deployment.hosts
    if (one === undefined) throw new Error('no host')
    const files = generateFiles(deployment, one, readSecrets(deployment))
    applyChanges(one.configuration, files, compareWith(one.configuration, files))
    const spec = manifestOf(deployment, one).services.find(({ kind }) => kind === 'powerdns')
    for (const state of spec?.folders ?? []) mkdirSync(state, { recursive: true })
    const first = await front(dc1 ?? '')
    await front(dc2 ?? '')

    const [, ...args] = spec?.command ?? []
    const pdns = spawn(systemProgram('pdns_server') ?? '', args, { stdio: 'ignore' })
    onTestFinished(async () => {
      pdns.kill()
      if (pdns.exitCode === null && pdns.signalCode === null) await once(pdns, 'exit')
    })
    const asker = (from: string | undefined): (() => Promise<string>) => {
      const resolver = new Resolver({ timeout: ANSWER_MS, tries: 1 })
      resolver.setServers([`${dc1}:${DNS_PORT}`])
      resolver.setLocalAddress(from ?? '')
      return async () => {
        try {
          return (await resolver.resolve4('salvus.example.com')).join()
        } catch (error) {
          // Not there yet, or too busy: the next question may be answered.
          return String(error)
        }
      }
    }
    const nearFirst = asker(near1)
    const nearSecond = asker(near2)
    // Many times: an address that was drawn by chance would not come again and again.
    const tells = (ask: () => Promise<string>, address: string | undefined): Promise<unknown> =>
      until(
        `DNS tells ${address}`,
        async () => new Set(await Promise.all(Array.from({ length: 20 }, ask))),
        (told) => told.size === 1 && told.has(address ?? ''),
        NOTICED_MS,
      )

    await tells(nearFirst, dc1)
    await tells(nearSecond, dc2)
    stop(first)
    await tells(nearFirst, dc2)
    await tells(nearSecond, dc2)
    await front(dc1 ?? '')
    await tells(nearFirst, dc1)
  },
)
