import {
  closeSync,
  fsyncSync,
  futimesSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, constants, gzipSync } from 'node:zlib'

import type { JournalRecord } from '../../sync/journal-record.ts'
import { historySegment, SegmentStates } from '../../sync/history.ts'
import { compactRecords } from '../../sync/history-compact.ts'
import { stateToJson } from '../../sync/state-json.ts'
import { COMPACTED_AFTER_MS } from './history-compactable.ts'
import { FrameWriter } from './journal-frames.ts'
import { asJson, endOf, syncRecords } from './journal-records.ts'
import { SEGMENTS_RESUMED } from './journal-resume.ts'
import {
  compactedName,
  listSegments,
  packedName,
  readSegment,
  type Segment,
  type SegmentContent,
} from './journal-segments.ts'

/** Bytes of segments that become one file: what is read at once, for a version in it. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024

const FILE_MODE = 0o600

/**
 * A segment holds its text up to twice (the document, and what is on the disk), which one window of 4 MB sees: gzip's,
 * of 32 KB, makes it half as large again. 5 takes some 20 ms for a megabyte.
 */
const PACKING = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 },
}

/**
 * Makes the closed segments of a journal smaller, in place: those that are old by merging what was typed (see
 * compactRecords), where they are whole, the others byte for byte. The newest stay as they are: clients resume and
 * documents open from them. Each file is written beside and renamed; where the machine goes down on the way, both are
 * there and the smaller one counts.
 */
export function compactJournal(folder: string, now: number): Saved {
  const { segments, replaced } = listSegments(folder)
  for (const name of replaced) rmSync(join(folder, name), { force: true })
  const result = { before: 0, after: 0 }
  let group: GroupMember[] = []
  const finish = (): void => {
    if (group.length > 0) compactGroup(folder, group, result)
    group = []
  }
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1]
    if (segment.to !== undefined) continue
    if (next === undefined || !isOld({ folder, segments, index, now })) break
    const content = readSegment(folder, segment)
    const isWhole =
      content.wholeBytes === content.bytes.length && endOf(content.records)?.v === next.from
    if (isWhole) group.push({ segment, content, to: next.from })
    if (!isWhole || sizeOf(group) >= GROUP_BYTES_MAX) finish()
  }
  finish()
  for (const segment of listSegments(folder).segments.slice(0, -SEGMENTS_RESUMED)) {
    if (segment.to === undefined && !segment.isPacked) pack(folder, segment, result)
  }
  return result
}

/** Its bytes, damaged or not, as they are. */
function pack(folder: string, { name, from }: Segment, result: Saved): void {
  const path = join(folder, name)
  const stats = statSync(path)
  const plain = readFileSync(path)
  const bytes = brotliCompressSync(plain, PACKING)
  if (!brotliDecompressSync(bytes).equals(plain)) {
    throw new Error('bug: a packed segment is not what it was')
  }
  // When it was closed tells how old it is.
  writeWhole(folder, packedName(from), bytes, stats)
  rmSync(path)
  result.before += plain.length
  result.after += bytes.length
}

/** Bytes of what became smaller. */
interface Saved {
  before: number
  after: number
}

interface GroupMember {
  readonly segment: Segment
  readonly content: SegmentContent
  readonly to: number
}

function isOld(of: {
  readonly folder: string
  readonly segments: readonly Segment[]
  readonly index: number
  readonly now: number
}): boolean {
  const segment = of.segments[of.index]
  if (segment === undefined || of.index >= of.segments.length - SEGMENTS_RESUMED) return false
  // A segment is written last when it ends.
  return of.now - statSync(join(of.folder, segment.name)).mtimeMs > COMPACTED_AFTER_MS
}

function sizeOf(group: readonly GroupMember[]): number {
  return group.reduce((sum, { content }) => sum + content.bytes.length, 0)
}

function compactGroup(folder: string, group: readonly GroupMember[], result: Saved): void {
  const [first] = group
  const last = group.at(-1)
  if (first === undefined || last === undefined) return
  const segments = group.map(({ content }) => syncRecords(content.records))
  const records = compactRecords(segments)
  assertSame(records, segments.at(-1) ?? [])
  const bytes = gzipSync(new FrameWriter().write(asJson(records)))
  writeWhole(folder, compactedName(first.segment.from, last.to), bytes)
  for (const { segment } of group) rmSync(join(folder, segment.name))
  result.before += sizeOf(group)
  result.after += bytes.length
}

/** Both end at one document: a fault in the merging must not cost what people wrote. */
function assertSame(compacted: readonly JournalRecord[], last: readonly JournalRecord[]): void {
  const [a, b] = [compacted, last].map((records) => {
    const segment = historySegment(records)
    return segment && stateToJson(new SegmentStates(segment).after(segment.items.length))
  })
  if (a === undefined || JSON.stringify(a) !== JSON.stringify(b)) {
    throw new Error('bug: a compacted history ends at another document')
  }
}

function writeWhole(folder: string, name: string, bytes: Uint8Array, times?: Stats): void {
  const beside = join(folder, `${name}.new`)
  const fd = openSync(beside, 'w', FILE_MODE)
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    if (times) futimesSync(fd, times.atime, times.mtime)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(beside, join(folder, name))
  const folderFd = openSync(folder, 'r')
  try {
    fsyncSync(folderFd)
  } finally {
    closeSync(folderFd)
  }
}
