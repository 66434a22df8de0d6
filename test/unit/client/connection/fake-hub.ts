import type { Network } from '../../../../src/client/connection/network.ts'
import type { OpenTransport, TransportEvents } from '../../../../src/client/connection/transport.ts'
import { PROTOCOL_VERSION } from '../../../../src/messages/version.ts'

interface Sent {
  readonly route: number
  readonly event: string
  readonly id?: number
  readonly [field: string]: unknown
}

/** The other end of one transport, in the hands of a test. */
export class FakeEnd {
  readonly sent: Sent[] = []
  readonly bytes: Uint8Array[] = []
  readonly avoidWebsockets: boolean
  closed = false
  readonly #events: TransportEvents

  constructor(events: TransportEvents, avoidWebsockets: boolean) {
    this.#events = events
    this.avoidWebsockets = avoidWebsockets
  }

  open(): void {
    this.#events.opened()
  }

  end(): void {
    this.#events.ended()
  }

  push(route: number, message: object): void {
    this.#events.received(`${route.toString(36)}:${JSON.stringify(message)}`)
  }

  pushBytes(bytes: Uint8Array): void {
    this.#events.received(bytes)
  }

  take(frame: string | Uint8Array): void {
    if (typeof frame !== 'string') {
      this.bytes.push(frame)
      return
    }
    const colon = frame.indexOf(':')
    const message: object = JSON.parse(frame.slice(colon + 1))
    this.sent.push({
      route: Number.parseInt(frame.slice(0, colon), 36),
      ...message,
    } as unknown as Sent)
  }

  /** The last request of this event. */
  last(event: string): Sent {
    const found = this.sent.filter((message) => message.event === event).at(-1)
    if (!found) throw new Error(`${event} was not sent`)
    return found
  }

  answer(event: string, answer: object): void {
    const { route, id } = this.last(event)
    this.push(route, { event: 'answer', id, ...answer })
  }

  refuse(event: string, code: string, message: string): void {
    const { route, id } = this.last(event)
    this.push(route, { event: 'error', id, code, message })
  }

  /** Opens, and answers `hello`. */
  welcome(): void {
    this.open()
    this.answer('hello', { version: PROTOCOL_VERSION, build: 'b', site: {}, serverTimeMs: 0 })
  }
}

/** Hands out transports of which the test holds the other end. */
export class FakeHub {
  readonly ends: FakeEnd[] = []

  readonly openTransport: OpenTransport = (events, { avoidWebsockets }) => {
    const end = new FakeEnd(events, avoidWebsockets)
    this.ends.push(end)
    return {
      send: (frame) => end.take(frame),
      close: () => {
        end.closed = true
      },
    }
  }

  get end(): FakeEnd {
    const end = this.ends.at(-1)
    if (!end) throw new Error('no transport was opened')
    return end
  }
}

export class FakeNetwork implements Network {
  #online = true
  #changed: () => void = () => undefined

  online(): boolean {
    return this.#online
  }

  listen(changed: () => void): () => void {
    this.#changed = changed
    return () => undefined
  }

  set(online: boolean): void {
    this.#online = online
    this.#changed()
  }
}
