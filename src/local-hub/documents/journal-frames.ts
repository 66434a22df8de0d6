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

export function encodeRecord(record: Json): Uint8Array {
  const json = Buffer.from(JSON.stringify(record))
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + json.length)
  bytes.writeUInt32BE(json.length, 0)
  bytes.writeUInt32BE(crc32(json), 4)
  json.copy(bytes, HEADER_BYTES)
  return bytes
}

/** The records up to the first that is cut off or damaged, and how many bytes they take. */
export function decodeRecords(bytes: Uint8Array): { records: Json[]; wholeBytes: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Json[] = []
  let at = 0
  while (at + HEADER_BYTES <= buffer.length) {
    const end = at + HEADER_BYTES + buffer.readUInt32BE(at)
    if (end > buffer.length || end - at > RECORD_BYTES_MAX) break
    const json = buffer.subarray(at + HEADER_BYTES, end)
    if (crc32(json) !== buffer.readUInt32BE(at + 4)) break
    records.push(JSON.parse(json.toString('utf8')) as Json)
    at = end
  }
  return { records, wholeBytes: at }
}
