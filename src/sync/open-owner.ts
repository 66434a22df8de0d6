import { CodedError } from '../util/coded-error.ts'
import { applyEdit } from './apply.ts'
import { sumOfState } from './checksum.ts'
import { startTerm, termAt } from './branch.ts'
import { authorKey, indexOfAuthor, recordAuthor, remember } from './commit.ts'
import type { DocumentState } from './document-state.ts'
import { toEdit } from './edit.ts'
import { COUNTED_AUTHORS_MAX } from './limits.ts'
import type { AuthorRecord, HeaderRecord, ItemRecord, JournalRecord } from './journal-record.ts'
import { emptyOutbox } from './outbox.ts'
import type { Owner } from './owner.ts'
import { recordOf, restorePiece } from './rescued.ts'
import { giveUp } from './session.ts'
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
  return ownerOf(start, sumOfState(start.state))
}

function ownerOf(start: Parameters<typeof createOwner>[0], sum: number): Owner {
  const v = start.v ?? 0
  return {
    term: start.term,
    state: start.state,
    sum,
    head: v,
    savedV: v,
    base: { v, term: start.term },
    history: [],
    historyLength: 0,
    authors: [],
    counts: [],
    authorIndexes: new Map(),
    earlierCounts: new Map(),
    sessions: new Map(),
    givenUp: new Map(),
    connections: new Map(),
    told: new Set(),
    recorded: new Set(),
    termIsOwn: true,
    hashed: undefined,
    terms: [{ term: start.term, v }],
    rescued: new Map(),
    recovery: undefined,
    outbox: emptyOutbox(v),
    snapshot: undefined,
  }
}

/**
 * The records that a journal's segment begins with; authors follow again in front of their first items in it. Pieces that
 * wait for their authors are written with the next turn.
 */
export function openingRecords(owner: Owner, at: number): readonly JournalRecord[] {
  owner.recorded.clear()
  const { head: v, term } = owner
  const header: HeaderRecord = {
    k: 'header',
    format: 1,
    v,
    term,
    at,
    terms: owner.terms.map((start) => [start.term, start.v] as const),
    counts: latestCounts(owner),
    ...(owner.givenUp.size > 0 ? { givenUp: [...owner.givenUp] } : {}),
  }
  const earlier = owner.outbox.records.splice(0)
  for (const piece of owner.rescued.values()) {
    recordAuthor(owner, piece.by)
    owner.outbox.records.push(recordOf(piece))
  }
  const pieces = owner.outbox.records.splice(0)
  owner.outbox.records.push(...earlier)
  return [header, snapshotRecord(owner, at), ...pieces]
}

/** The authors that came last, who may sleep with an edit whose answer they don't know. */
function latestCounts(owner: Owner): [string, number][] {
  const counts: [string, number][] = []
  for (let index = owner.authors.length - 1; index >= 0; index--) {
    const n = owner.counts[index] ?? 0
    const author = owner.authors[index]
    if (n > 0 && author) counts.push([authorKey(author), n])
    if (counts.length >= COUNTED_AUTHORS_MAX) return counts
  }
  for (const [sid, n] of owner.earlierCounts)
    if (counts.length < COUNTED_AUTHORS_MAX && !owner.authorIndexes.has(sid)) counts.push([sid, n])
  return counts
}

/** The document as it is, to close a segment or to begin one. */
export function snapshotRecord(owner: Owner, at: number): JournalRecord {
  return { k: 'snapshot', v: owner.head, t: owner.term, at, state: stateToJson(owner.state) }
}

/**
 * The owner as it was, from the records of one segment or several that follow each other; the earlier they begin, the
 * older a client's base may be. The term stays: only for a journal that is complete. Where its tail may be lost, call
 * `beginRecovery` and `endRecovery` (recovery.ts), or `beginTerm` at once. @throws CodedError `bad_value` where the records don't make a document
 */
export function restoreOwner(records: Iterable<JournalRecord>): Owner {
  let owner: Owner | undefined
  let renumbered = new Map<number, number>()
  let header: HeaderRecord | undefined
  for (const record of records) {
    if (record.k === 'header') {
      renumbered = new Map()
      header = record
    } else if (record.k === 'snapshot') {
      if (owner) continue
      owner = ownerOf({ term: record.t, v: record.v, state: stateFromJson(record.state) }, 0)
      if (header) restoreHeader(owner, header)
    } else if (owner) restoreRecord(owner, record, renumbered)
  }
  if (!owner) throw broken('no snapshot')
  owner.sum = sumOfState(owner.state)
  owner.termIsOwn = false
  owner.outbox = emptyOutbox(owner.head)
  return owner
}

function restoreRecord(
  owner: Owner,
  record: Exclude<JournalRecord, { k: 'header' | 'snapshot' }>,
  renumbered: Map<number, number>,
): void {
  switch (record.k) {
    case 'author':
      renumbered.set(record.i, restoreAuthor(owner, record))
      if (record.gen !== undefined) giveUp(owner, record.sid, record.gen)
      return
    case 'item':
      return restoreItem(owner, { ...record, by: renumbered.get(record.by) ?? record.by })
    case 'term':
      return startTerm(owner, { term: record.t, v: record.v })
    case 'rescued':
      return restorePiece(owner, record, renumbered.get(record.by) ?? record.by)
    default:
      // Of what is on the disk only the shell knows; other records are those of a newer version.
      return
  }
}

/** What the segments before this one said. The counts of later headers are those of the records between. */
function restoreHeader(owner: Owner, header: HeaderRecord): void {
  const { terms = [], counts = [], givenUp = [] } = header
  for (const [sid, n] of counts) owner.earlierCounts.set(sid, n)
  for (const [sid, gen] of givenUp) giveUp(owner, sid, gen)
  if (terms.length === 0) return
  owner.terms = terms.map(([term, v]) => ({ term, v }))
  owner.base = { v: owner.base.v, term: termAt(owner.terms, owner.base.v) }
}

/** A new life, because versions after head may have been seen by clients and are lost. Append the record. */
export function beginTerm(
  owner: Owner,
  start: { readonly term: number; readonly at: number; readonly reason: string },
): JournalRecord {
  startTerm(owner, { term: start.term, v: owner.head })
  owner.termIsOwn = true
  return { k: 'term', t: start.term, v: owner.head, at: start.at, reason: start.reason }
}

function restoreAuthor(owner: Owner, { sid, account, name }: AuthorRecord): number {
  const index = indexOfAuthor(owner, { sid, accountId: account, name })
  owner.told.add(index)
  return index
}

function restoreItem(owner: Owner, { v, t, by, n, at, c }: ItemRecord): void {
  // Of a segment whose items the first snapshot already has.
  if (v <= owner.head) return
  if (v !== owner.head + 1) throw broken(`version ${v} after ${owner.head}`)
  if (owner.authors[by] === undefined) throw broken(`version ${v} is by an unknown author`)
  const edit = toEdit(c)
  startTerm(owner, { term: t, v: v - 1 })
  owner.state = applyEdit(owner.state, edit)
  owner.head = v
  owner.counts[by] = n
  remember(owner, { v, term: t, by, n, at, edit })
}

function broken(what: string): CodedError {
  return new CodedError('bad_value', `a journal that doesn't fit together: ${what}`)
}
