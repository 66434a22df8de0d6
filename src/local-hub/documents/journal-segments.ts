import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, constants, gunzipSync } from 'node:zlib'

import { codeOf } from '../../util/coded-error.ts'
import { type AnyRecord, fromJson } from './journal-records.ts'
import { decodeRecords } from './journal-frames.ts'

/*
 * The folder of a document's journal:
 *
 *     000000000000-000000004200.journal.gz   compacted: all from version 0 to 4200
 *     000000004200.journal.br                a packed segment: its bytes as they were, from version 4200 to the next
 *     000000005200.journal                   a segment
 *     000000006200.journal                   the newest: it is appended to
 *     ….new                                  being written
 *     ….damaged-2026-11-21-104501            what could not be read, for who wants to look at it
 *
 * Packed and compacted files replace segments by a rename; those that they replace are deleted after it, and are not
 * listed meanwhile.
 */
const SEGMENT_NAME = /^(\d{12})(?:-(\d{12}))?\.journal(?:\.(gz|br))?$/
const VERSION_DIGITS = 12

/** A compressed file grows by decompressing; a hostile one must not take the memory of all. In bytes. */
const SEGMENT_BYTES_MAX = 512 * 1024 * 1024

/** What zlib says of bytes that it did not write: gzip, then brotli. */
const DAMAGED_CODES = ['Z_', 'ERR__ERROR_', 'ERR_BUFFER_TOO_LARGE']

/** The header of a segment is within so many bytes. */
const BEGINNING_BYTES = 64 * 1024

export interface Segment {
  readonly name: string
  /** The version of the snapshot that it begins with. */
  readonly from: number
  /** The last version, where its name tells it: in a compacted one. */
  readonly to: number | undefined
  readonly isPacked: boolean
}

export interface SegmentContent {
  readonly records: AnyRecord[]
  readonly bytes: Uint8Array
  /** Of the bytes, those that the records take. */
  readonly wholeBytes: number
}

export function segmentName(from: number): string {
  return `${digits(from)}.journal`
}

export function compactedName(from: number, to: number): string {
  return `${digits(from)}-${digits(to)}.journal.gz`
}

export function packedName(from: number): string {
  return `${segmentName(from)}.br`
}

/** The segments of a journal, oldest first, without those that another one stands for. None where there is none. */
export function listSegments(folder: string): Segments {
  return sortedSegments(namesIn(folder))
}

export interface Segments {
  readonly segments: Segment[]
  /** Names of those that another one stands for. */
  readonly replaced: string[]
}

/** As `listSegments`, from the names in the folder. */
export function sortedSegments(names: readonly string[]): Segments {
  const segments: Segment[] = []
  const replaced: string[] = []
  let covered = -1
  for (const name of names.toSorted()) {
    const [, from, to, kind] = SEGMENT_NAME.exec(name) ?? []
    if (from === undefined) continue
    const isPacked = kind === 'br'
    const end = to === undefined ? undefined : Number(to)
    const segment = { name, from: Number(from), to: end, isPacked }
    const last = segments.at(-1)
    // The packed one is whole: it was renamed when it was on the disk.
    if (isPacked && last?.from === segment.from) replaced.push(...segments.splice(-1).map(nameOf))
    // A compacted file sorts before the segment of the same version: '-' before '.'.
    if (segment.from < covered || (segment.to ?? Infinity) <= covered) replaced.push(name)
    else segments.push(segment)
    if (segment.to !== undefined) covered = Math.max(covered, segment.to)
  }
  return { segments, replaced }
}

/** @throws a system error where it can't be read at all */
export function readSegment(folder: string, segment: Segment): SegmentContent {
  const bytes = plainBytes(folder, segment)
  const { records, wholeBytes } = decodeRecords(bytes)
  return { records: fromJson(records), bytes, wholeBytes }
}

function plainBytes(folder: string, { name, from }: Segment): Uint8Array {
  try {
    return decompressed(name, readFileSync(join(folder, name)))
  } catch (error) {
    // It may have been packed since its name was read.
    if (codeOf(error) !== 'ENOENT' || name !== segmentName(from)) throw error
    return decompressed(packedName(from), readFileSync(join(folder, packedName(from))))
  }
}

/** When a segment was begun, without reading all of it. Undefined where it has no whole header. */
export function readBeginning(folder: string, { name }: Segment): number | undefined {
  const buffer = Buffer.alloc(BEGINNING_BYTES)
  const fd = openSync(join(folder, name), 'r')
  try {
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, 0))
    const { records } = decodeRecords(decompressed(name, bytes))
    const [header] = fromJson(records.slice(0, 1))
    return header?.k === 'header' ? header.at : undefined
  } finally {
    closeSync(fd)
  }
}

/** The bytes of a file with this name, as they were before. Of one that ends too early, what is there; of a damaged one none. */
function decompressed(name: string, bytes: Uint8Array): Uint8Array {
  const maxOutputLength = SEGMENT_BYTES_MAX
  try {
    if (name.endsWith('.gz'))
      return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength })
    if (!name.endsWith('.br')) return bytes
    const finishFlush = constants.BROTLI_OPERATION_FLUSH
    return brotliDecompressSync(bytes, { finishFlush, maxOutputLength })
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (!DAMAGED_CODES.some((prefix) => code.startsWith(prefix))) throw error
    return new Uint8Array()
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function nameOf({ name }: Segment): string {
  return name
}

function digits(version: number): string {
  return String(version).padStart(VERSION_DIGITS, '0')
}
