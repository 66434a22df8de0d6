import { Gate } from './gate.ts'
import { NatsServer } from './nats-server.ts'
import { TestHub } from './test-hub.ts'
import { until } from './until.ts'

/** Two real hubs of one installation: one database, one bus, one address of which a gate leads to either. */
export interface TwoHubs extends AsyncDisposable {
  readonly one: TestHub
  readonly two: TestHub
  /** Between each and the bus. */
  readonly busOf: ReadonlyMap<TestHub, Gate>
  readonly nats: NatsServer
  /** People's way in: leads to `one` at first. */
  readonly door: Gate
}

export async function startTwoHubs(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<TwoHubs> {
  const nats = await NatsServer.start()
  const gates = [await Gate.start(nats.port), await Gate.start(nats.port)] as const
  const door = await Gate.start(nats.port)
  const start = (hubId: string, gate: Gate, dataDir?: string): Promise<TestHub> =>
    TestHub.start({
      ...(dataDir === undefined ? {} : { dataDir }),
      settings: {
        hubId,
        publicUrl: `http://localhost:${door.port}/`,
        bus: { servers: [`nats://127.0.0.1:${gate.port}`] },
        ...settings,
      },
    })
  const one = await start('one', gates[0])
  const two = await start('two', gates[1], one.dataDir)
  door.open(one.hub.port)
  await until(
    'hubs that know each other',
    async () => [one, two].map(({ hub }) => hub.context.bus.roster.others.length),
    (counts) => counts.every((count) => count === 1),
  )
  return {
    ...{ one, two, nats, door },
    busOf: new Map([
      [one, gates[0]],
      [two, gates[1]],
    ]),
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]()
      await two[Symbol.asyncDispose]()
      await one[Symbol.asyncDispose]()
      for (const gate of gates) await gate[Symbol.asyncDispose]()
      await nats[Symbol.asyncDispose]()
    },
  }
}
