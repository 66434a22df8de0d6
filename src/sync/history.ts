import { CodedError } from '../util/coded-error.ts'
import { applyEdit } from './apply.ts'
import type { Change } from './change.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'
import { toEdit } from './edit.ts'
import type { AuthorRecord, ItemRecord, JournalRecord, SnapshotRecord } from './journal-record.ts'
import { stateFromJson } from './state-json.ts'

/** Who made a change, as the journal says. */
export type HistoryAuthor = Pick<AuthorRecord, 'sid' | 'account' | 'name'>

/** A change in the history, or a run of typing that became one. */
export interface HistoryItem {
  /** The document before it. */
  readonly from: number
  /** The document after it. */
  readonly v: number
  readonly author: HistoryAuthor
  /** When it began and ended. */
  readonly since: number
  readonly at: number
  readonly change: Change
}

/** One segment of a journal, parsed: a document, and the changes that follow. */
export interface HistorySegment {
  /** The version that it begins with, and when that was. */
  readonly from: number
  readonly at: number
  readonly snapshot: SnapshotRecord
  readonly items: readonly HistoryItem[]
  /** The version that it ends with. */
  readonly to: number
}

const UNKNOWN: HistoryAuthor = { sid: '', account: '', name: '' }

/** Undefined where the records have no snapshot. */
export function historySegment(records: Iterable<JournalRecord>): HistorySegment | undefined {
  const authors = new Map<number, HistoryAuthor>()
  const items: HistoryItem[] = []
  let snapshot: SnapshotRecord | undefined
  let v = 0
  for (const record of records) {
    if (record.k === 'author') authors.set(record.i, record)
    else if (record.k === 'snapshot' && snapshot === undefined) {
      snapshot = record
      v = record.v
    } else if (record.k === 'item' && snapshot !== undefined && record.v > v) {
      items.push(historyItem(record, v, authors.get(record.by) ?? UNKNOWN))
      v = record.v
    }
  }
  return snapshot && { from: snapshot.v, at: snapshot.at, snapshot, items, to: v }
}

function historyItem(record: ItemRecord, from: number, author: HistoryAuthor): HistoryItem {
  const { v, at, c: change, ms = 0 } = record
  return { from, v, author, since: at - ms, at, change }
}

/** How many states of a segment are kept while one of it is made: the next one asked for is near. */
const STATE_EVERY_ITEMS = 250

/** The documents of one segment. What was made once is kept, so that the next version is near. */
export class SegmentStates {
  readonly segment: HistorySegment
  /** After `count` items. They share what they have in common. */
  readonly #kept: { readonly count: number; readonly state: DocumentState }[]

  /** @throws CodedError where the snapshot is none */
  constructor(segment: HistorySegment) {
    this.segment = segment
    this.#kept = [{ count: 0, state: stateFromJson(segment.snapshot.state) }]
  }

  /** The document after so many items. @throws CodedError where they don't fit */
  after(count: number): DocumentState {
    const nearest = this.#kept.findLast((kept) => kept.count <= count) ?? this.#kept[0]
    let { count: done, state } = nearest ?? { count: 0, state: undefined }
    if (state === undefined) throw new CodedError('bad_value', 'a segment without a document')
    for (const item of this.segment.items.slice(done, count)) {
      state = applyEdit(state, editOf(item))
      done++
      if (done % STATE_EVERY_ITEMS === 0) this.#keep(done, state)
    }
    return state
  }

  #keep(count: number, state: DocumentState): void {
    if (this.#kept.every((kept) => kept.count < count)) this.#kept.push({ count, state })
  }
}

export function editOf(item: HistoryItem): Edit {
  return toEdit(item.change)
}

/** Characters that a change inserts into texts and deletes from them. */
export function sizeOf(change: Change): { inserted: number; deleted: number } {
  let inserted = 0
  let deleted = 0
  for (const op of change) {
    if (op[0] !== 't') continue
    for (const section of op[2]) {
      if (typeof section === 'number') continue
      const [gone, ...lines] = section
      deleted += gone
      if (lines.length > 0) inserted += lines.length - 1
      for (const line of lines) inserted += line.length
    }
  }
  return { inserted, deleted }
}
