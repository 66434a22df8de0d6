import { connect } from '@nats-io/transport-node'
import type { NatsConnection, Subscription } from '@nats-io/transport-node'

import { within } from '../../daemon/life-cycle.ts'
import type { Logger } from '../../daemon/logging.ts'

/*
 *   connecting ── subscribed, and the server has said so ──> up ── closed ──> pause ──> connecting (the next server)
 *
 * The client's own reconnecting is not used: it gives up where a server refuses it twice, keeps what was published
 * meanwhile in an order of its own, and says that it is back before the server knows the subscriptions.
 */

/** Between two attempts, at random: a bus that is back has every hub within half a second. */
const PAUSE_MIN_MS = 100
const PAUSE_MAX_MS = 400

/** Servers are in the datacenter of the hub. */
const CONNECT_MS = 2_000

/** A server that hangs is noticed by its silence, after two or three of these. */
const PING_MS = 2_000
const PINGS_OUT_MAX = 2

/** What was published last gets so long to be written when the hub stops. */
const FAREWELL_MS = 500

/** A server that is there answers in less than a millisecond; one that hangs is soon found to be away. */
const SETTLED_MS = 1_000

/** Subscriptions that are made in one turn after connecting. */
const SUBSCRIBED_AT_ONCE = 1_000

export interface NatsServers {
  /** `nats://HOST:PORT` or `tls://HOST:PORT`: those of this datacenter. */
  readonly servers: readonly string[]
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Of the certificate authority, where the servers' certificates are not known to the system. */
  readonly caFile?: string | undefined
}

export interface NatsLineOptions extends NatsServers {
  /** Shown in the server's list of connections. */
  readonly name: string
  readonly logger: Logger
  readonly onUp: () => void
  readonly onDown: () => void
}

/** A connection to one of the NATS servers, made anew for as long as it takes. */
export class NatsLine implements AsyncDisposable {
  readonly #options: NatsLineOptions
  readonly #receivers = new Map<string, (payload: Uint8Array) => void>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #connection: NatsConnection | undefined
  #settling: Promise<void> | undefined
  #up = false
  #failures = 0

  constructor(options: NatsLineOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  get up(): boolean {
    return this.#up
  }

  /** Largest payload that the server takes; undefined while there is none. */
  get payloadBytesMax(): number | undefined {
    return this.#connection?.info?.max_payload
  }

  /** False where it can't be sent now. */
  send(subject: string, payload: Uint8Array): boolean {
    if (!this.#up || this.#connection === undefined) return false
    try {
      this.#connection.publish(subject, payload)
      return true
    } catch (error) {
      // Closed in this moment, or refused by the client's own checks.
      this.#options.logger.warn({ err: error, subject }, 'a message for the bus was refused')
      return false
    }
  }

  receive(subject: string, receiver: (payload: Uint8Array) => void): void {
    this.#receivers.set(subject, receiver)
    if (this.#connection !== undefined) this.#subscribe(this.#connection, subject, receiver)
  }

  /** Resolves when the server has what was sent and subscribed before, or can't be waited for. */
  async settled(): Promise<void> {
    const connection = this.#connection
    if (!this.#up || connection === undefined) return
    // One round trip for all that ask in the same turn.
    this.#settling ??= Promise.resolve().then(async () => {
      this.#settling = undefined
      await within(connection.flush().catch(noted), SETTLED_MS)
    })
    await this.#settling
  }

  ignore(subject: string): void {
    this.#receivers.delete(subject)
    const subscription = this.#subscriptions.get(subject)
    this.#subscriptions.delete(subject)
    if (subscription !== undefined && this.#connection?.isClosed() === false) {
      subscription.unsubscribe()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    const connection = this.#connection
    if (connection !== undefined) {
      // A server that does not answer any more must not hold a hub that stops.
      await within(
        connection.flush().catch(() => undefined),
        FAREWELL_MS,
      )
      await connection.close()
    }
    await this.#running
  }

  async #run(): Promise<void> {
    const servers = shuffled(this.#options.servers)
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const server = servers[attempt % servers.length] ?? ''
      try {
        await this.#use(await this.#connect(server), server)
      } catch (error) {
        this.#failed(server, error)
      }
      await pause(this.#stopping.signal)
    }
  }

  #connect(server: string): Promise<NatsConnection> {
    const { name, user, password, caFile } = this.#options
    return connect({
      servers: [server],
      name,
      reconnect: false,
      timeout: CONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: PINGS_OUT_MAX,
      ignoreClusterUpdates: true,
      // Listeners of this hub are told directly.
      noEcho: true,
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { pass: password }),
      ...(caFile === undefined ? {} : { tls: { caFile } }),
    })
  }

  /** Resolves when the connection has ended. */
  async #use(connection: NatsConnection, server: string): Promise<void> {
    const { logger, onUp, onDown } = this.#options
    if (this.#stopping.signal.aborted) {
      await connection.close()
      return
    }
    this.#connection = connection
    try {
      await this.#subscribeAll(connection)
      await connection.flush()
      this.#up = true
      this.#failures = 0
      logger.info({ server }, 'the bus is there')
      onUp()
      const error = await connection.closed()
      if (!this.#stopping.signal.aborted) logger.warn({ err: error, server }, 'the bus is away')
    } finally {
      this.#connection = undefined
      this.#subscriptions.clear()
      if (this.#up) {
        this.#up = false
        onDown()
      }
      await connection.close()
    }
  }

  async #subscribeAll(connection: NatsConnection): Promise<void> {
    let made = 0
    for (const [subject, receiver] of this.#receivers) {
      this.#subscribe(connection, subject, receiver)
      if (++made % SUBSCRIBED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #subscribe(
    connection: NatsConnection,
    subject: string,
    receiver: (payload: Uint8Array) => void,
  ): void {
    if (connection.isClosed() || this.#subscriptions.has(subject)) return
    const subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) receiver(message.data)
        else this.#options.logger.error({ err: error, subject }, 'a subscription was refused')
      },
    })
    this.#subscriptions.set(subject, subscription)
  }

  /** Told once for each absence, and to who wants to see all. */
  #failed(server: string, error: unknown): void {
    if (this.#stopping.signal.aborted) return
    this.#failures++
    const level = this.#failures === 1 ? 'warn' : 'debug'
    this.#options.logger[level]({ err: error, server }, 'no connection to the bus')
  }
}

/** The connection was lost meanwhile, which `#use` says. */
function noted(): void {
  return undefined
}

function pause(stop: AbortSignal): Promise<void> {
  const waitMs = PAUSE_MIN_MS + Math.random() * (PAUSE_MAX_MS - PAUSE_MIN_MS)
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, waitMs)
    if (stop.aborted) done()
    else stop.addEventListener('abort', done)
  })
}

function shuffled(servers: readonly string[]): readonly string[] {
  return servers
    .map((server) => ({ server, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ server }) => server)
}
