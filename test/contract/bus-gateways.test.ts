import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect } from 'vitest'

import { silentLogger } from '../../src/daemon/logging.ts'
import type { Bus, BusSubject } from '../../src/hub/bus/bus.ts'
import { NatsBus } from '../../src/hub/bus/nats.ts'
import { Gate } from '../support/gate.ts'
import { longTest } from '../support/long.ts'
import { hasNatsServer, NatsServer, WITHOUT_NATS } from '../support/nats-server.ts'
import { until } from '../support/until.ts'
import { Ear, newProject, numbered } from './bus.ts'

const LONG_MS = 300_000

describe.skipIf(!hasNatsServer)(`NATS in two datacenters${WITHOUT_NATS}`, () => {
  longTest(
    'tells hubs of both, and after the loss of one’s server reads anew',
    LONG_MS,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'salvus-gateways-'))
      const ports = { dc1: await freePort(), dc2: await freePort() }
      const start = async (name: keyof typeof ports): Promise<NatsServer> => {
        const gateways = Object.entries(ports)
          .map(([other, port]) => `{ name: ${other}, urls: ["nats://127.0.0.1:${port}"] }`)
          .join('\n')
        const file = join(folder, `${name}.conf`)
        await writeFile(
          file,
          `server_name: ${name}\ngateway { name: ${name}, listen: "127.0.0.1:${ports[name]}"\ngateways: [${gateways}] }\n`,
        )
        return NatsServer.start(['-c', file])
      }
      const first = await start('dc1')
      let second = await start('dc2')
      const gate = await Gate.start(second.port)
      const open = (hubId: string, port: number): Bus =>
        new NatsBus({
          ...{ servers: [`nats://127.0.0.1:${port}`], prefix: 'test', hubId, build: 'test' },
          logger: silentLogger(),
        })
      const a = open('a', first.port)
      const b = open('b', gate.port)
      try {
        const subject = newProject()
        const ear = new Ear(b, subject)
        await heard(a, subject, ear)
        await second[Symbol.asyncDispose]()
        gate.shut()
        await until(
          'it is away',
          async () => b.awaySinceMs,
          (since) => since !== undefined,
        )
        const before = ear.events.length
        a.publish(subject, numbered(0))
        second = await start('dc2')
        gate.open(second.port)
        await until(
          'missed',
          async () => ear.events.slice(before),
          (events) => events.some(({ kind }) => kind === 'missed'),
        )
        await heard(a, subject, ear)
        expect(b.awaySinceMs).toBeUndefined()
      } finally {
        await b[Symbol.asyncDispose]()
        await a[Symbol.asyncDispose]()
        await gate[Symbol.asyncDispose]()
        await second[Symbol.asyncDispose]()
        await first[Symbol.asyncDispose]()
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})

/** Between datacenters a subscription counts some moments later: says it until it is heard. */
async function heard(from: Bus, subject: BusSubject, ear: Ear): Promise<void> {
  const before = ear.events.length
  let number = 0
  await until(
    'an event of the other datacenter',
    async () => {
      from.publish(subject, numbered(++number))
      return ear.events.slice(before)
    },
    (events) => events.some(({ kind }) => kind === 'project_changed'),
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
