import { statSync } from 'node:fs'
import { join } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import { type HistoryItem, historySegment, SegmentStates } from '../../sync/history.ts'
import { CodedError } from '../../util/coded-error.ts'
import { syncRecords } from './journal-records.ts'
import { listSegments, readBeginning, readSegment, type Segment } from './journal-segments.ts'

/** Segments of one document that stay parsed: those around the version that somebody looks at, and the newest. */
const SEGMENTS_KEPT = 4

/** A document at one moment of its history. */
export interface Moment {
  readonly v: number
  readonly at: number
  readonly state: DocumentState
}

interface ReadSegment {
  /** Of the file when it was read: the newest one grows, others don't. */
  readonly size: number
  /** Undefined: it has no beginning. */
  readonly states: SegmentStates | undefined
}

/** The history of one document, read from its journal. What is damaged is left out, and told. */
export class HistoryReader {
  readonly #folder: string
  readonly #read = new Map<string, ReadSegment>()
  /** When segments were begun, and the last versions that could be read of them, by name. */
  readonly #begins = new Map<string, number>()
  readonly #ends = new Map<string, number>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The newest version. @throws CodedError `not_found` where there is no history */
  head(): number {
    for (const segment of this.#segments().toReversed()) {
      const states = this.#open(segment).states
      if (states) return states.segment.to
    }
    throw noHistory()
  }

  /** The document at version v, or at the nearest one before it that is kept. @throws CodedError `not_found` */
  atVersion(v: number): Moment {
    const segments = this.#segments().toReversed()
    if (v > (segments[0]?.from ?? 0) && v > this.head())
      throw notFound(`version ${v} is not there yet: ${this.head()} is the newest`)
    for (const segment of segments) {
      if (segment.from > v) continue
      const { states } = this.#open(segment)
      if (states) return momentOf(states, (item) => item.v <= v)
    }
    throw notFound(`the history does not reach back to version ${v}`)
  }

  /** The document as it was at this time. @throws CodedError `not_found` where the history begins later */
  atTime(at: number): Moment {
    for (const segment of this.#segments().toReversed()) {
      const began = this.#began(segment)
      if (began === undefined || began > at) continue
      const { states } = this.#open(segment)
      if (states) return momentOf(states, (item) => item.at <= at)
    }
    throw notFound(`the history begins after ${new Date(at).toISOString()}`)
  }

  /**
   * The items after version `from` up to `to`, segment by segment, oldest first. A gap in the history begins a segment
   * whose document is not what the one before ended with.
   */
  *between(from: number, to: number): IterableIterator<SegmentStates> {
    const segments = this.#segments()
    for (const [index, segment] of segments.entries()) {
      const next = segments[index + 1]
      if (segment.from > to || (next !== undefined && next.from <= from)) continue
      const { states } = this.#open(segment)
      if (states) yield states
    }
  }

  /** The segments, newest first. */
  *backwards(): IterableIterator<SegmentStates> {
    for (const segment of this.#segments().toReversed()) {
      const { states } = this.#open(segment)
      if (states) yield states
    }
  }

  /** An exact item. @throws CodedError `not_found` */
  item(v: number): { readonly item: HistoryItem; readonly before: DocumentState } {
    for (const { segment, states } of this.#around(v)) {
      const index = segment.items.findIndex((each) => each.v === v)
      const item = segment.items[index]
      if (item !== undefined) return { item, before: states.after(index) }
    }
    throw notFound(`version ${v} is no single change any more`)
  }

  /** What of the segments that were read is damaged or missing, in sentences. */
  remarks(): string[] {
    const remarks: string[] = []
    const segments = this.#segments()
    for (const [index, { name }] of segments.entries()) {
      const end = this.#ends.get(name)
      const next = segments[index + 1]
      if (end === undefined || next === undefined || end === next.from) continue
      remarks.push(`The changes between versions ${end} and ${next.from} are missing.`)
    }
    return remarks
  }

  *#around(
    v: number,
  ): IterableIterator<{ segment: SegmentStates['segment']; states: SegmentStates }> {
    for (const states of this.between(v - 1, v)) yield { segment: states.segment, states }
  }

  #segments(): readonly Segment[] {
    return listSegments(this.#folder).segments
  }

  #began(segment: Segment): number | undefined {
    const known = this.#begins.get(segment.name)
    if (known !== undefined) return known
    const at = readBeginning(this.#folder, segment)
    if (at !== undefined) this.#begins.set(segment.name, at)
    return at
  }

  #open(segment: Segment): ReadSegment {
    const { size } = statSync(join(this.#folder, segment.name))
    const known = this.#read.get(segment.name)
    this.#read.delete(segment.name)
    const read = known?.size === size ? known : this.#parse(segment, size)
    this.#read.set(segment.name, read)
    const [oldest] = this.#read.keys()
    if (this.#read.size > SEGMENTS_KEPT && oldest !== undefined) this.#read.delete(oldest)
    return read
  }

  #parse(segment: Segment, size: number): ReadSegment {
    const parsed = historySegment(syncRecords(readSegment(this.#folder, segment).records))
    this.#ends.set(segment.name, parsed?.to ?? segment.from)
    return { size, states: parsed && new SegmentStates(parsed) }
  }
}

function momentOf(states: SegmentStates, isBefore: (item: HistoryItem) => boolean): Moment {
  const { items, from, at } = states.segment
  const last = items.findLastIndex(isBefore)
  const item = items[last]
  return { v: item?.v ?? from, at: item?.at ?? at, state: states.after(last + 1) }
}

function noHistory(): CodedError {
  return notFound('this document has no history')
}

function notFound(message: string): CodedError {
  return new CodedError<ErrorCode>('not_found', message)
}
