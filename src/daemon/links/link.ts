import type { Socket } from 'node:net'

import { LINK_CONTROL } from '../../messages/hub-local-hub.ts'
import { LINK_FRAME_BYTES_MAX } from '../../messages/limits.ts'
import { FrameReader } from '../../util/frame-reader.ts'
import { decodeFrame, encodeFrameHead } from './frame.ts'
import type { LinkFrame } from './frame.ts'

/*
 *   connected ── handshake (handshake.ts) ──> open ── close(), an error, silence, a full queue ──> closed
 *
 * (I1) Before the handshake is done, a frame is at most HANDSHAKE_FRAME_BYTES_MAX.
 * (I2) Frames are handed on in order, each once; none after `closed` has aborted.
 * (I3) At most LINK_QUEUE_BYTES_MAX wait to be written; a peer that does not read is cut off.
 * (I4) A link over which nothing came for LINK_SILENT_MS is closed, since both sides say something that often.
 */

/** A hello is some 300 bytes; who has not shown the secret can make us keep no more than this. */
const HANDSHAKE_FRAME_BYTES_MAX = 4096

/** Both sides send something at least this often. */
const LINK_ALIVE_MS = 10_000

/** Three signs of life missed: a machine that is gone closes nothing by itself. */
const LINK_SILENT_MS = 35_000

/** What waits for a peer that does not read, as long as it is alive: everything beyond is a fault of flow control. */
const LINK_QUEUE_BYTES_MAX = 128 * 1024 * 1024

/**
 * Frames of one turn of the event loop up to so many bytes together are copied into one piece: a list of pieces takes
 * the system and the stream longer than that.
 */
const WHOLE_BYTES_MAX = 16 * 1024

/** An empty control frame: a sign of life. */
const ALIVE = new Uint8Array()

/** Frames between two of our processes, over a Unix or TCP socket. */
export class Link {
  readonly #socket: Socket
  readonly #reader = new FrameReader(HANDSHAKE_FRAME_BYTES_MAX)
  readonly #closed = new AbortController()
  #receive: ((frame: LinkFrame) => void) | undefined
  #onDrained: (() => void) | undefined
  #alive: NodeJS.Timeout | undefined
  #heardSinceTick = true
  /** Sent in this turn of the event loop. */
  #pieces: Uint8Array[] = []
  #piecesBytes = 0
  #silentTicks = 0

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.read(chunk))
    socket.on('drain', () => this.#onDrained?.())
    socket.on('error', (error) => this.close(error.message))
    socket.on('close', () => this.close('the other side has closed'))
  }

  /** Aborts when the link has ended; its reason is an Error that says why. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Bytes that were sent and not yet taken by the operating system. */
  get queuedBytes(): number {
    return this.#socket.writableLength + this.#piecesBytes
  }

  /** Set before anything can arrive: in the same turn in which the link was made or accepted. */
  set onFrame(receive: (frame: LinkFrame) => void) {
    this.#receive = receive
  }

  /** Hands a frame to the receiver: for those that came with the handshake's end. */
  deliver(frame: LinkFrame): void {
    if (frame.kind !== LINK_CONTROL || frame.payload.length > 0) this.#receive?.(frame)
  }

  /** Called when all that was queued has been taken by the operating system. */
  set onDrained(drained: () => void) {
    this.#onDrained = drained
  }

  /** The handshake is done: frames of full size, and signs of life. */
  open(): void {
    this.#reader.limitBytes = LINK_FRAME_BYTES_MAX
    this.#alive = setInterval(() => this.#tick(), LINK_ALIVE_MS)
    this.#alive.unref()
  }

  /**
   * The payload is not copied: it must not change afterwards. Dropped where the link is closed.
   * @throws CodedError `too_large`
   */
  send(kind: number, clients: readonly number[], payload: Uint8Array): void {
    if (this.#closed.signal.aborted) return
    const head = encodeFrameHead(kind, clients, payload.length)
    const { queuedBytes } = this
    if (queuedBytes + payload.length > LINK_QUEUE_BYTES_MAX) {
      this.close(`the other side does not read: ${queuedBytes} bytes wait`)
      return
    }
    if (this.#pieces.length === 0) setImmediate(this.#flush)
    this.#pieces.push(head)
    if (payload.length > 0) this.#pieces.push(payload)
    this.#piecesBytes += head.length + payload.length
  }

  sendControl(json: string): void {
    this.send(LINK_CONTROL, [], Buffer.from(json))
  }

  /** Ends it; what was sent before is still written where the other side reads. */
  close(reason: string): void {
    if (this.#closed.signal.aborted) return
    clearInterval(this.#alive)
    this.#write()
    this.#closed.abort(new Error(reason))
    this.#receive = undefined
    this.#socket.end()
    // A peer that neither reads nor closes must not hold the socket.
    const killer = setTimeout(() => this.#socket.destroy(), 1000)
    killer.unref()
    this.#socket.once('close', () => clearTimeout(killer))
  }

  /** All frames of one turn of the event loop are one write. */
  readonly #flush = (): void => {
    if (this.#closed.signal.aborted) return
    this.#write()
    // 'drain' is said only of a queue that was long.
    if (this.#socket.writableLength === 0) this.#onDrained?.()
  }

  #write(): void {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    const bytes = this.#piecesBytes
    this.#pieces = []
    this.#piecesBytes = 0
    if (bytes <= WHOLE_BYTES_MAX) {
      this.#socket.write(Buffer.concat(pieces, bytes))
      return
    }
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    this.#socket.uncork()
  }

  /** Takes what has come, where the socket does not say it by itself. */
  read(chunk: Uint8Array): void {
    this.#heardSinceTick = true
    try {
      for (const bytes of this.#reader.push(chunk)) {
        if (this.#closed.signal.aborted) return
        this.deliver(decodeFrame(bytes))
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error))
    }
  }

  #tick(): void {
    this.#silentTicks = this.#heardSinceTick ? 0 : this.#silentTicks + 1
    this.#heardSinceTick = false
    if (this.#silentTicks * LINK_ALIVE_MS >= LINK_SILENT_MS - LINK_ALIVE_MS) {
      this.close(`nothing was heard for ${LINK_SILENT_MS} ms`)
      return
    }
    this.send(LINK_CONTROL, [], ALIVE)
  }
}
