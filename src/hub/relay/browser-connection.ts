import type { Spark } from 'primus'

import type { Logger } from '../../daemon/logging.ts'
import type { Account } from '../../messages/account.ts'
import type { NoticeOf } from '../../messages/define.ts'
import { encodeTextFrame } from '../../messages/frames.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { SessionId } from '../../messages/ids.ts'
import type { HubConnection } from '../handler.ts'
import type { FanOut } from './fan-out.ts'
import type { JoinedClient } from './project-link.ts'
import { straightSocket } from './straight-socket.ts'

/**
 * Queued for one browser. Terminals and transfers wait for acknowledgements long before; a browser that is so far
 * behind gets more from connecting anew: its documents then send one merged rest.
 */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024

/** With more queued a browser is behind: eight seconds of a line of 1 Mbit/s. */
const BEHIND_BYTES = 1024 * 1024
/** With less it has caught up. */
const CAUGHT_UP_BYTES = 256 * 1024

const UNCOMPRESSED = { compress: false }

/** A route of a connection: one open project. */
export interface Route {
  readonly number: number
  readonly client: JoinedClient
  /** Reads the role anew, soon, and applies it. */
  readonly readRole: () => void
}

/** One browser tab: its frames, its account, its routes. */
export class BrowserConnection implements HubConnection {
  readonly id: number
  readonly sessionId: SessionId | undefined
  readonly address: string
  readonly userAgent: string
  readonly routes = new Map<number, Route>()
  /** The version of its messages was found good; nothing else is answered before. */
  greeted = false
  /** When its rights were known to be as they are, by a monotonic clock. */
  rightsReadMs = 0
  account: Account | undefined
  readonly #spark: Spark
  readonly #logger: Logger
  readonly #closed = new AbortController()
  /** Lengths of what engine.io has not yet written, oldest first. */
  readonly #lengths: number[] = []
  #queuedBytes = 0
  #behind = false

  constructor(
    spark: Spark,
    from: {
      readonly id: number
      readonly account: Account | undefined
      readonly sessionId: SessionId | undefined
      readonly address: string
      readonly logger: Logger
    },
  ) {
    this.#spark = spark
    this.id = from.id
    this.account = from.account
    this.sessionId = from.sessionId
    this.address = from.address
    this.userAgent = (spark.request.headers['user-agent'] ?? '').slice(0, 400)
    this.#logger = from.logger
    spark.on('end', () => this.#end())
    spark.on('error', (error) => this.#logger.debug({ err: error }, 'connection'))
  }

  get closed(): AbortSignal {
    return this.#closed.signal
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  addRoute(route: Route): void {
    this.routes.set(route.number, route)
    if (this.#behind) route.client.setBehind(true)
  }

  notify<E extends keyof HubToClient & string>(event: E, body: NoticeOf<HubToClient, E>): void {
    this.sendText(0, JSON.stringify({ ...body, event }))
  }

  sendText(route: number, json: string): void {
    if (!this.#makeRoom(json.length)) return
    this.#spark.socket.send(encodeTextFrame(route, json), UNCOMPRESSED, this.#sent)
  }

  /** A frame of a local hub, as it came. */
  deliver(route: number, frame: FanOut): void {
    if (this.#closed.signal.aborted) return
    const { socket } = this.#spark
    const tcp = straightSocket(socket)
    const whole = tcp && frame.wholeFrame(route)
    if (tcp && whole) {
      // What of it the system does not take is not counted, but all that comes behind it is.
      tcp.write(whole)
      return
    }
    if (!this.#makeRoom(frame.bytes)) return
    // Where the websocket is reached it stays: a frame that was made for it is never left to polling.
    if (socket.transport.name === 'websocket') {
      const options = { compress: false, wsPreEncodedFrame: frame.websocketFrame(route) }
      socket.send('', options, this.#sent)
    } else {
      socket.send(frame.message(route), UNCOMPRESSED, this.#sent)
    }
  }

  /** Ends it. The browser connects anew where it is not told otherwise before. */
  close(reason: string): void {
    if (this.#closed.signal.aborted) return
    this.#logger.info({ reason }, 'closing a connection')
    // What was sent before is still written: engine.io flushes, then closes.
    this.#spark.end(undefined, { reconnect: true })
    this.#end()
  }

  #makeRoom(bytes: number): boolean {
    if (this.#closed.signal.aborted) return false
    this.#queuedBytes += bytes
    this.#lengths.push(bytes)
    if (!this.#behind && this.#queuedBytes > BEHIND_BYTES) this.#setBehind(true)
    if (this.#queuedBytes <= QUEUE_BYTES_MAX) return true
    this.close(`it does not read: ${this.#queuedBytes} bytes wait`)
    return false
  }

  readonly #sent = (): void => {
    this.#queuedBytes -= this.#lengths.shift() ?? 0
    if (this.#behind && this.#queuedBytes < CAUGHT_UP_BYTES) this.#setBehind(false)
  }

  #setBehind(behind: boolean): void {
    this.#behind = behind
    for (const route of this.routes.values()) route.client.setBehind(behind)
  }

  #end(): void {
    if (this.#closed.signal.aborted) return
    for (const route of this.routes.values()) route.client.leave()
    this.routes.clear()
    this.#closed.abort()
  }
}
