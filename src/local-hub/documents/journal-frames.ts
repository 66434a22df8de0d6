import { crc32 } from 'node:zlib'

import type { Json } from '../../sync/change.ts'

/**
 * Records in a segment of a journal:
 *
 *     length u32 big-endian, of the JSON . CRC-32 of the JSON, u32 big-endian . JSON in UTF-8
 */
const HEADER_BYTES = 8

/** A record is at most a snapshot of the largest text in JSON, which may escape each of its characters. */
const RECORD_BYTES_MAX = 160 * 1024 * 1024

/** A UTF-16 code unit is at most so many bytes in UTF-8. */
const BYTES_PER_UNIT = 3

/** What most turns take; kept between them. After a larger one, such as a snapshot, it is given back. */
const BUFFER_BYTES = 64 * 1024

/** Writes the records of a turn as one piece of bytes. One instance for all journals of a thread: it keeps its buffer. */
export class FrameWriter {
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  #length = 0

  /** The bytes are valid until the next call. */
  write(records: readonly Json[]): Uint8Array {
    if (this.#buffer.length > BUFFER_BYTES) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES)
    this.#length = 0
    for (const record of records) this.#add(JSON.stringify(record))
    return this.#buffer.subarray(0, this.#length)
  }

  #add(json: string): void {
    const start = this.#length + HEADER_BYTES
    this.#reserve(start, json)
    const end = start + this.#buffer.write(json, start, 'utf8')
    this.#buffer.writeUInt32BE(end - start, start - HEADER_BYTES)
    this.#buffer.writeUInt32BE(crc32(this.#buffer.subarray(start, end)), start - HEADER_BYTES + 4)
    this.#length = end
  }

  #reserve(start: number, json: string): void {
    if (start + BYTES_PER_UNIT * json.length <= this.#buffer.length) return
    const needed = start + Buffer.byteLength(json)
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, needed))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

export interface DecodedFrames {
  readonly records: Json[]
  /** How many bytes the records take. Fewer than there are: what follows is cut off or damaged. */
  readonly wholeBytes: number
}

/** The records up to the first that is cut off or damaged. */
export function decodeRecords(bytes: Uint8Array): DecodedFrames {
  const buffer = asBuffer(bytes)
  const records: Json[] = []
  let at = 0
  for (let end = wholeFrameEnd(buffer, at); end !== undefined; end = wholeFrameEnd(buffer, at)) {
    // The CRC says that it is as it was written.
    const record = JSON.parse(buffer.toString('utf8', at + HEADER_BYTES, end)) as Json
    records.push(record)
    at = end
  }
  return { records, wholeBytes: at }
}

/** How many records were at least in bytes that begin with one that is damaged: each has a length in front. */
export function countFrames(bytes: Uint8Array): number {
  const buffer = asBuffer(bytes)
  let count = 0
  for (let at = 0; at < buffer.length; count++) {
    if (at + HEADER_BYTES > buffer.length) return count + 1
    at += HEADER_BYTES + buffer.readUInt32BE(at)
  }
  return count
}

/** Where the first `count` records end, in bytes that begin with so many whole ones. */
export function endOfFrames(bytes: Uint8Array, count: number): number {
  const buffer = asBuffer(bytes)
  let at = 0
  for (let left = count; left > 0; left--) at += HEADER_BYTES + buffer.readUInt32BE(at)
  return at
}

/** Where the record that begins here ends, or undefined where it is not whole. */
function wholeFrameEnd(buffer: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > buffer.length) return undefined
  const end = at + HEADER_BYTES + buffer.readUInt32BE(at)
  if (end > buffer.length || end - at > RECORD_BYTES_MAX) return undefined
  const isAsWritten = crc32(buffer.subarray(at + HEADER_BYTES, end)) === buffer.readUInt32BE(at + 4)
  return isAsWritten ? end : undefined
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
