import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

const READ_BYTES = 64 * 1024
const shared = Buffer.alloc(READ_BYTES)
const MASK = Uint8Array.of(0x5a, 0xc3, 0x17, 0x8e)
const HEAD_END = '\r\n\r\n'

export const TEXT = 1
export const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10

/** A received message; the payload is a view of a buffer that is used again, so it must be copied to be kept. */
export type OnMessage = (opcode: number, payload: Buffer) => void

export interface SocketOptions {
  readonly port: number
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly onMessage: OnMessage
}

/**
 * A websocket of a load generator: it does what RFC 6455 asks of a client and counts bytes, and costs so little that
 * hundreds fit beside the server that they load. Without extensions; one read buffer for all, since all is one thread.
 */
export class BenchSocket {
  /** Bytes after the handshake, with the frames around messages. */
  bytesIn = 0
  bytesOut = 0
  onMessage: OnMessage
  /** Messages of this opcode are counted and not given to anybody. */
  ignored: number | undefined
  closed = false
  onClosed: () => void = () => undefined
  /** Rejects where the server refuses. Messages may come before whoever waits for it goes on. */
  readonly opened: Promise<void>
  readonly #socket: Socket
  /** Of a frame that is not whole yet: put together once all of it is there. */
  #pieces: Buffer[] = []
  #held = 0
  #wanted = 0

  constructor(options: SocketOptions) {
    this.onMessage = options.onMessage
    let read = (_chunk: Buffer): void => undefined
    const onread = {
      buffer: shared,
      callback: (bytes: number, buffer: Uint8Array) => {
        read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes))
        return true
      },
    }
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true, onread })
    this.#socket = socket
    socket.once('connect', () => socket.write(requestOf(options)))
    socket.once('close', () => {
      this.closed = true
      this.onClosed()
    })
    this.opened = new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('the connection was closed')))
      let head = ''
      read = (chunk) => {
        head += chunk.toString('latin1')
        const end = head.indexOf(HEAD_END)
        if (end === -1) return
        if (!head.startsWith('HTTP/1.1 101')) {
          reject(new Error(head.slice(0, end)))
          return
        }
        resolve()
        read = (message) => this.#read(message)
        this.#read(Buffer.from(head.slice(end + HEAD_END.length), 'latin1'))
      }
    })
  }

  send(message: Uint8Array | string): void {
    if (typeof message === 'string') this.#write(TEXT, Buffer.from(message))
    else this.#write(BINARY, message)
  }

  /** What is sent to it waits, first in the kernel, then at the server. */
  stopReading(): void {
    this.#socket.pause()
  }

  readAgain(): void {
    this.#socket.resume()
  }

  close(): void {
    this.closed = true
    this.#socket.destroy()
  }

  /** Masked, as a client has to, always with the same mask. */
  #write(opcode: number, payload: Uint8Array): void {
    const { length } = payload
    const extra = length < 126 ? 0 : length < 0x1_0000 ? 2 : 8
    const frame = Buffer.alloc(6 + extra + length)
    frame[0] = 0x80 | opcode
    frame[1] = 0x80 | (extra === 0 ? length : extra === 2 ? 126 : 127)
    if (extra === 2) frame.writeUInt16BE(length, 2)
    if (extra === 8) frame.writeUInt32BE(length, 6)
    frame.set(MASK, 2 + extra)
    for (let at = 0; at < length; at++) {
      frame[6 + extra + at] = (payload[at] ?? 0) ^ (MASK[at & 3] ?? 0)
    }
    this.bytesOut += frame.length
    this.#socket.write(frame)
  }

  #read(chunk: Buffer): void {
    this.bytesIn += chunk.length
    if (this.#held + chunk.length < this.#wanted) {
      this.#pieces.push(Buffer.from(chunk))
      this.#held += chunk.length
      return
    }
    const bytes = this.#held === 0 ? chunk : Buffer.concat([...this.#pieces, chunk])
    let at = 0
    for (let end = this.#frame(bytes, at); end > at; end = this.#frame(bytes, at)) at = end
    this.#held = bytes.length - at
    this.#pieces = this.#held === 0 ? [] : [Buffer.from(bytes.subarray(at))]
  }

  /** Handles the frame that begins at `at`; returns its end, or `at` where it is not whole yet. */
  #frame(bytes: Buffer, at: number): number {
    this.#wanted = 0
    if (bytes.length - at < 2) return at
    let length = (bytes[at + 1] ?? 0) & 0x7f
    let begin = at + 2
    if (length === 126) {
      if (bytes.length - begin < 2) return at
      length = bytes.readUInt16BE(begin)
      begin += 2
    } else if (length === 127) {
      if (bytes.length - begin < 8) return at
      length = bytes.readUInt32BE(begin + 4)
      begin += 8
    }
    const end = begin + length
    if (end > bytes.length) {
      this.#wanted = end - at
      return at
    }
    const opcode = (bytes[at] ?? 0) & 0x0f
    if (opcode === PING) this.#write(PONG, Buffer.from(bytes.subarray(begin, end)))
    else if (opcode === CLOSE) this.closed = true
    else if (opcode !== this.ignored) this.onMessage(opcode, bytes.subarray(begin, end))
    return end
  }
}

function requestOf({ port, path, headers }: SocketOptions): string {
  const lines = {
    Host: `127.0.0.1:${port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    ...headers,
  }
  const fields = Object.entries(lines).map(([name, value]) => `${name}: ${value}`)
  return [`GET ${path} HTTP/1.1`, ...fields, '', ''].join('\r\n')
}
