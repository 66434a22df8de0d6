import { CodedError } from '../util/coded-error.ts'
import { applyEdit } from './apply.ts'
import { trimHistory } from './commit.ts'
import type { DocumentState } from './document-state.ts'
import { toEdit } from './edit.ts'
import { HISTORY_ITEMS_MAX } from './limits.ts'
import type { AuthorRecord, ItemRecord, JournalRecord } from './journal-record.ts'
import { emptyOutbox } from './outbox.ts'
import type { Owner } from './owner.ts'
import { stateFromJson, stateToJson } from './state-json.ts'

/**
 * The owner of a document that has no journal yet, or whose journal is of no use. Write `openingRecords` before anything
 * else. `term` must differ from all former ones of this document: clients tell a lost history by it.
 */
export function createOwner(start: {
  readonly term: number
  readonly state: DocumentState
  /** 0 unless given. */
  readonly v?: number
}): Owner {
  const v = start.v ?? 0
  return {
    term: start.term,
    state: start.state,
    head: v,
    base: { v, term: start.term },
    history: [],
    authors: [],
    counts: [],
    authorIndexes: new Map(),
    sessions: new Map(),
    connections: new Map(),
    told: new Set(),
    recorded: new Set(),
    outbox: emptyOutbox(v),
    snapshot: undefined,
  }
}

/** The records that a journal's segment begins with; authors follow again in front of their first items in it. */
export function openingRecords(owner: Owner, at: number): readonly JournalRecord[] {
  owner.recorded.clear()
  const { head: v, term } = owner
  return [{ k: 'header', format: 1, v, term, at }, snapshotRecord(owner, at)]
}

/** The document as it is, to close a segment or to begin one. */
export function snapshotRecord(owner: Owner, at: number): JournalRecord {
  return { k: 'snapshot', v: owner.head, t: owner.term, at, state: stateToJson(owner.state) }
}

/**
 * The owner as it was, from the records of one segment or several that follow each other; the earlier they begin, the
 * older a client's base may be. The term stays: only for a journal that is complete. Where its tail was lost, call
 * `beginTerm` afterwards. @throws CodedError `bad_value` where the records don't make a document
 */
export function restoreOwner(records: Iterable<JournalRecord>): Owner {
  let owner: Owner | undefined
  let renumbered = new Map<number, number>()
  for (const record of records) {
    if (record.k === 'header') renumbered = new Map()
    if (record.k === 'snapshot' && !owner)
      owner = createOwner({ term: record.t, v: record.v, state: stateFromJson(record.state) })
    if (record.k === 'author' && owner) renumbered.set(record.i, restoreAuthor(owner, record))
    if (record.k === 'item' && owner)
      restoreItem(owner, { ...record, by: renumbered.get(record.by) ?? record.by })
    if (record.k === 'term' && owner) owner.term = record.t
  }
  if (!owner) throw broken('no snapshot')
  owner.outbox = emptyOutbox(owner.head)
  return owner
}

/** A new life, because versions after head may have been seen by clients and are lost. Append the record. */
export function beginTerm(
  owner: Owner,
  start: { readonly term: number; readonly at: number; readonly reason: string },
): JournalRecord {
  owner.term = start.term
  return { k: 'term', t: start.term, v: owner.head, at: start.at, reason: start.reason }
}

function restoreAuthor(owner: Owner, { sid, account, name }: AuthorRecord): number {
  const known = owner.authorIndexes.get(sid)
  const index = known ?? owner.authors.push({ sid, accountId: account, name }) - 1
  owner.authorIndexes.set(sid, index)
  owner.counts[index] ??= 0
  owner.told.add(index)
  return index
}

function restoreItem(owner: Owner, { v, t, by, n, at, c }: ItemRecord): void {
  // Of a segment whose items the first snapshot already has.
  if (v <= owner.head) return
  if (v !== owner.head + 1) throw broken(`version ${v} after ${owner.head}`)
  if (owner.authors[by] === undefined) throw broken(`version ${v} is by an unknown author`)
  const edit = toEdit(c)
  owner.state = applyEdit(owner.state, edit)
  owner.history.push({ v, term: t, by, n, at, edit })
  owner.head = v
  owner.counts[by] = n
  if (owner.history.length > 2 * HISTORY_ITEMS_MAX) trimHistory(owner, HISTORY_ITEMS_MAX)
}

function broken(what: string): CodedError {
  return new CodedError('bad_value', `a journal that doesn't fit together: ${what}`)
}
