import { LINK_TEXT } from '../../messages/hub-local-hub.ts'
import { encodeBinaryFrame } from '../../messages/frames.ts'

/*
 *   websocket frame to a browser (RFC 6455, 5.2), not masked, not compressed, whole:
 *
 *     0x81 text | 0x82 binary . length (7 bits | 126 u16 | 127 u64) . payload
 *
 *   engine.io: a text message begins with '4', a binary message is itself.
 */
const TEXT_FRAME = 0x81
const BINARY_FRAME = 0x82

/** A payload up to this many bytes is copied behind its head. */
const WHOLE_BYTES_MAX = 16 * 1024

/** engine.io's sign of a text message. */
const MESSAGE = '4'

/**
 * A frame from a local hub on its way to some browsers: what each transport writes is made once for each route
 * number (nearly always the same for all), and not read on the way.
 */
export class FanOut {
  readonly #kind: number
  readonly #payload: Uint8Array
  #route = -1
  #frame: readonly [Uint8Array, Uint8Array] | undefined
  #whole: Uint8Array | undefined

  constructor(kind: number, payload: Uint8Array) {
    this.#kind = kind
    this.#payload = payload
  }

  get bytes(): number {
    return this.#payload.length
  }

  /** The same in one piece, where that is cheap: one piece is written faster than two. */
  wholeFrame(route: number): Uint8Array | undefined {
    if (this.#payload.length > WHOLE_BYTES_MAX) return undefined
    if (this.#whole === undefined || this.#route !== route) {
      this.#whole = Buffer.concat(this.websocketFrame(route))
    }
    return this.#whole
  }

  /** Head and payload of a websocket frame. */
  websocketFrame(route: number): readonly [Uint8Array, Uint8Array] {
    if (this.#frame === undefined || this.#route !== route) {
      this.#route = route
      this.#frame = [this.#head(route), this.#payload]
      this.#whole = undefined
    }
    return this.#frame
  }

  /** What engine.io encodes itself, where the transport is polling. */
  message(route: number): string | Buffer {
    if (this.#kind === LINK_TEXT) {
      return `${route.toString(36)}:${asBuffer(this.#payload).toString()}`
    }
    return asBuffer(encodeBinaryFrame(route, this.#payload))
  }

  #head(route: number): Uint8Array {
    const text = this.#kind === LINK_TEXT
    const prefix = text
      ? Buffer.from(`${MESSAGE}${route.toString(36)}:`)
      : encodeBinaryFrame(route, new Uint8Array())
    const length = prefix.length + this.#payload.length
    const lengthBytes = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8
    const head = Buffer.alloc(2 + lengthBytes + prefix.length)
    head[0] = text ? TEXT_FRAME : BINARY_FRAME
    head[1] = lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127
    if (lengthBytes === 2) head.writeUInt16BE(length, 2)
    if (lengthBytes === 8) head.writeUInt32BE(length, 6)
    head.set(prefix, 2 + lengthBytes)
    return head
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
