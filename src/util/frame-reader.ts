/** Bytes of the length in front of each frame: u32 big-endian, the length of what follows. */
export const FRAME_HEADER_BYTES = 4

/** A frame that announces more than the limit: the stream can't be read any further. */
export class FrameTooLarge extends Error {
  constructor(announcedBytes: number, limitBytes: number) {
    super(`a frame of ${announcedBytes} bytes was announced; the limit is ${limitBytes}`)
    this.name = 'FrameTooLarge'
  }
}

/**
 * Cuts a stream of bytes into frames of `length u32 big-endian . bytes`. Chunks are kept as they come and joined
 * once for each frame, so that the cost is linear however the stream was cut; nothing beyond the limit is kept.
 */
export class FrameReader {
  /** May be raised once the sender has shown who it is; counts from the next frame on. */
  limitBytes: number
  #chunks: Uint8Array[] = []
  #bufferedBytes = 0
  /** Of the frame that is being read, with its header; undefined before the header is whole. */
  #frameBytes: number | undefined

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /**
   * Takes a chunk and returns the frames that it completes, without their headers. They may share memory with it.
   * @throws FrameTooLarge
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = []
    const rest = this.#bufferedBytes === 0 ? this.#cut(chunk, frames) : chunk
    if (rest.length === 0) return frames
    this.#chunks.push(rest)
    this.#bufferedBytes += rest.length
    for (let frame = this.#next(); frame; frame = this.#next()) frames.push(frame)
    return frames
  }

  /** Cuts the frames that are whole in a chunk before which nothing waits: nearly all are. Returns what is left. */
  #cut(chunk: Uint8Array, frames: Uint8Array[]): Uint8Array {
    const { buffer, byteOffset, length } = chunk
    let at = 0
    while (length - at >= FRAME_HEADER_BYTES) {
      const begin = at + FRAME_HEADER_BYTES
      const announced = this.#announced(chunk, at)
      if (length - begin < announced) break
      frames.push(new Uint8Array(buffer, byteOffset + begin, announced))
      at = begin + announced
    }
    return at === 0 ? chunk : new Uint8Array(buffer, byteOffset + at, length - at)
  }

  /** What a header announces. @throws FrameTooLarge */
  #announced(bytes: Uint8Array, at: number): number {
    let announced = 0
    // Not by a DataView, which costs more to make than the rest of a frame.
    for (let n = 0; n < FRAME_HEADER_BYTES; n++)
      announced = announced * 0x100 + (bytes[at + n] ?? 0)
    if (announced > this.limitBytes) throw new FrameTooLarge(announced, this.limitBytes)
    return announced
  }

  #next(): Uint8Array | undefined {
    if (this.#frameBytes === undefined) {
      if (this.#bufferedBytes < FRAME_HEADER_BYTES) return undefined
      this.#frameBytes = FRAME_HEADER_BYTES + this.#announced(this.#joined(FRAME_HEADER_BYTES), 0)
    }
    if (this.#bufferedBytes < this.#frameBytes) return undefined
    const joined = this.#joined(this.#frameBytes)
    const frame = joined.subarray(FRAME_HEADER_BYTES, this.#frameBytes)
    this.#chunks =
      joined.length > this.#frameBytes
        ? [joined.subarray(this.#frameBytes), ...this.#chunks.slice(1)]
        : this.#chunks.slice(1)
    this.#bufferedBytes -= this.#frameBytes
    this.#frameBytes = undefined
    return frame
  }

  /** Makes the first chunk hold at least so many bytes, joining no more chunks than that takes. */
  #joined(bytes: number): Uint8Array {
    const first = this.#chunks[0] ?? new Uint8Array()
    if (first.length >= bytes) return first
    let count = 0
    let length = 0
    while (length < bytes) length += this.#chunks[count++]?.length ?? 0
    const joined = new Uint8Array(length)
    let at = 0
    for (const chunk of this.#chunks.splice(0, count)) {
      joined.set(chunk, at)
      at += chunk.length
    }
    this.#chunks.unshift(joined)
    return joined
  }
}

/** A frame with its header, ready to be written. */
export function encodeFrame(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const frame = new Uint8Array(FRAME_HEADER_BYTES + length)
  new DataView(frame.buffer).setUint32(0, length)
  let at = FRAME_HEADER_BYTES
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}
