import {
  existsSync,
  openSync,
  closeSync,
  ftruncateSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

import { countFrames, endOfFrames } from './journal-frames.ts'
import { type AnyRecord, endOf } from './journal-records.ts'
import { listSegments, readSegment, type Segment, type SegmentContent } from './journal-segments.ts'

/** Segments that may be read at opening: a client that was away resumes from any version in them. */
export const SEGMENTS_RESUMED = 3

/** With so many items no older segment is read: each takes some microseconds, and somebody waits. */
const ITEMS_RESUMED = 3000

const FILE_MODE = 0o600

export interface ResumedJournal {
  /** Of the newest segments, oldest first, which follow each other. None where nothing of them can be read. */
  readonly records: AnyRecord[]
  /** The newest, to be appended to. Undefined where it is packed, because newer ones were lost: a new one is begun. */
  readonly segment:
    | { readonly name: string; readonly bytes: number; readonly headBytes: number }
    | undefined
  /** The last version that anything of the journal knows of: the next segment begins behind it. */
  readonly lastVersion: number
  /** The end is lost: versions that somebody has seen may be missing. */
  readonly isCut: boolean
  /** What was found damaged, in sentences for the page. */
  readonly remarks: readonly string[]
}

/**
 * Reads the end of a journal, and repairs it: what is cut off or damaged at the end is put beside, and the rest is gone
 * on with. What is damaged further back stays as it is; what is whole of it is read by the history.
 * @throws a system error where the folder can't be read
 */
export function resumeJournal(folder: string, at: Date): ResumedJournal {
  const { segments } = listSegments(folder)
  const repair: Repair = { folder, at, isCut: false, remarks: [] }
  const lastVersion = segments.at(-1)?.to ?? segments.at(-1)?.from ?? 0
  const plain = segments.filter(({ to }) => to === undefined)
  for (let segment = plain.pop(); segment !== undefined; segment = plain.pop()) {
    const content = readSegment(folder, segment)
    const end = endOf(content.records)
    // Of a packed one that ends where it begins, the next one would take the name.
    if (end === undefined || (segment.isPacked && end.v === segment.from)) {
      putAside(repair, segment, content)
      continue
    }
    if (segment.isPacked) tellLostEnd(repair, end)
    else if (content.wholeBytes < content.bytes.length) cutTail(repair, { segment, content, end })
    const records = [...earlierRecords(repair, plain, segment, content.records), ...content.records]
    const { name, isPacked } = segment
    const resumed = { name, bytes: content.wholeBytes, headBytes: headOf(content) }
    return { ...repair, records, segment: isPacked ? undefined : resumed, lastVersion: end.v }
  }
  return { ...repair, records: [], segment: undefined, lastVersion }
}

interface Repair {
  readonly folder: string
  readonly at: Date
  isCut: boolean
  readonly remarks: string[]
}

/** A segment that never began: the power took it, or its beginning is damaged. The one before it is gone on with. */
function putAside(repair: Repair, { name }: Segment, { bytes }: SegmentContent): void {
  repair.isCut = true
  const file = join(repair.folder, name)
  if (bytes.length === 0) return rmSync(file)
  const beside = asideName(repair, name)
  renameSync(file, join(repair.folder, beside))
  repair.remarks.push(
    `The newest part of this document's history (${bytes.length} bytes) could not be read; it is kept as ${beside} in the history's folder.`,
  )
}

/** There were newer segments. A packed one stays as it is. */
function tellLostEnd(repair: Repair, end: { readonly at: number }): void {
  repair.isCut = true
  const until = new Date(end.at).toISOString()
  repair.remarks.push(`The end of this document's history, after ${until}, is lost.`)
}

function cutTail(
  repair: Repair,
  cut: { segment: Segment; content: SegmentContent; end: { readonly at: number } },
): void {
  repair.isCut = true
  const { bytes, wholeBytes } = cut.content
  const tail = bytes.subarray(wholeBytes)
  const beside = asideName(repair, cut.segment.name)
  writeFileSync(join(repair.folder, beside), tail, { mode: FILE_MODE })
  const fd = openSync(join(repair.folder, cut.segment.name), 'r+')
  try {
    ftruncateSync(fd, wholeBytes)
  } finally {
    closeSync(fd)
  }
  const records = countFrames(tail)
  const until = new Date(cut.end.at).toISOString()
  repair.remarks.push(
    `The end of this document's history was damaged: ${records} ${records === 1 ? 'record' : 'records'} (${tail.length} bytes) after ${until} could not be read, and are kept as ${beside} in the history's folder.`,
  )
}

/** The records of the segments right before a version, as far as they are whole and follow each other. */
function earlierRecords(
  repair: Repair,
  earlier: readonly Segment[],
  newest: Segment,
  newestRecords: readonly AnyRecord[],
): AnyRecord[] {
  const records: AnyRecord[][] = []
  let next = newest.from
  let items = countItems(newestRecords)
  for (const segment of earlier.slice(1 - SEGMENTS_RESUMED).toReversed()) {
    if (items >= ITEMS_RESUMED) break
    const content = readSegment(repair.folder, segment)
    const end = endOf(content.records)
    if (end?.v !== next) {
      repair.remarks.push(
        `A part of this document's history, before version ${next}, is damaged: what is whole of it can still be read.`,
      )
      break
    }
    records.unshift(content.records)
    items += countItems(content.records)
    next = segment.from
  }
  return records.flat()
}

function countItems(records: readonly AnyRecord[]): number {
  let count = 0
  for (const { k } of records) if (k === 'item') count++
  return count
}

/** The bytes of what a segment begins with: header and snapshot. */
function headOf({ records, bytes }: SegmentContent): number {
  return endOfFrames(bytes, records.findIndex(({ k }) => k === 'snapshot') + 1)
}

/** A name of its own for each damage. */
function asideName({ folder, at }: Repair, name: string): string {
  const stamp = at.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')
  const aside = `${name}.damaged-${stamp}`
  if (!existsSync(join(folder, aside))) return aside
  for (let n = 2; ; n++) if (!existsSync(join(folder, `${aside}-${n}`))) return `${aside}-${n}`
}
