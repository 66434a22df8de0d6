import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

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
  readSegment,
  type Segment,
  type SegmentContent,
} from './journal-segments.ts'

/** Bytes of segments that become one file: what is read at once, for a version in it. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024

const FILE_MODE = 0o600

/**
 * Makes the old segments of a journal smaller, in place: see compactRecords. The newest stay, from which clients resume
 * and documents open; a damaged one stays as it is. Each file is written beside and renamed; where the machine goes down
 * on the way, both are there and the compacted one counts.
 */
export function compactJournal(folder: string, now: number): { before: number; after: number } {
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
  return result
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

function compactGroup(
  folder: string,
  group: readonly GroupMember[],
  result: { before: number; after: number },
): void {
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

function writeWhole(folder: string, name: string, bytes: Uint8Array): void {
  const beside = join(folder, `${name}.new`)
  const fd = openSync(beside, 'w', FILE_MODE)
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
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
