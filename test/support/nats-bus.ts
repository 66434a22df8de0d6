import { silentLogger } from '../../src/daemon/logging.ts'
import type { Logger } from '../../src/daemon/logging.ts'
import type { Bus } from '../../src/hub/bus/bus.ts'
import { NatsBus } from '../../src/hub/bus/nats.ts'
import { Gate } from './gate.ts'
import { NatsServer } from './nats-server.ts'
import { until } from './until.ts'

/** A hub's bus, and the way between it and its server. */
export interface HubOnBus extends AsyncDisposable {
  readonly bus: Bus
  readonly gate: Gate
}

/** One NATS server, and hubs on it, of which each has its own way there. */
export class NatsPlace implements AsyncDisposable {
  #server: NatsServer
  readonly #gates: Gate[] = []

  static async start(): Promise<NatsPlace> {
    return new NatsPlace(await NatsServer.start())
  }

  private constructor(server: NatsServer) {
    this.#server = server
  }

  get port(): number {
    return this.#server.port
  }

  get server(): NatsServer {
    return this.#server
  }

  /** A hub's bus, which need not be there yet. Where nothing else is said no hub is ever taken for gone. */
  async hub(
    hubId: string,
    { logger = silentLogger(), silentMs = 600_000 }: { logger?: Logger; silentMs?: number } = {},
  ): Promise<HubOnBus> {
    const gate = await Gate.start(this.#server.port)
    this.#gates.push(gate)
    const servers = [`nats://127.0.0.1:${gate.port}`]
    const bus = new NatsBus({ servers, prefix: 'test', hubId, build: 'test', silentMs, logger })
    return { bus, gate, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
  }

  async open(hubId: string, silentMs?: number): Promise<Bus> {
    const { bus } = await this.hub(hubId, silentMs === undefined ? {} : { silentMs })
    await there(bus)
    return bus
  }

  /** What was subscribed before counts now: the server takes what a hub sends in order. */
  async settle(bus: Bus): Promise<void> {
    await using listening = await this.hub('listening')
    await there(listening.bus)
    let heard = false
    listening.bus.subscribe('hubs', (event) => {
      heard ||= event.kind === 'due_changed'
    })
    bus.publish('hubs', { kind: 'due_changed' })
    await until('what was sent', async () => heard, Boolean)
  }

  /** `kill -9`. */
  async killServer(): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
    for (const gate of this.#gates) gate.shut()
  }

  /** Another server in its place, of which all gates lead to. */
  async startServer(): Promise<void> {
    this.#server = await NatsServer.start()
    for (const gate of this.#gates) gate.open(this.#server.port)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
    for (const gate of this.#gates) await gate[Symbol.asyncDispose]()
  }
}

/** Resolves when the bus is there, and has told what was missed before. */
export async function there(bus: Bus): Promise<void> {
  await until(
    'the bus',
    async () => bus.awaySinceMs,
    (away) => away === undefined,
  )
}
