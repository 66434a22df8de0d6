import { assert } from '../util/assert.ts'
import { CodedError } from '../util/coded-error.ts'
import { transform } from './algebra.ts'
import { applyForeignEdit } from './apply.ts'
import { startTerm } from './branch.ts'
import { bridgeItem, throughBridge } from './bridge.ts'
import { applySummed } from './checksum.ts'
import { lengthOf, toChange } from './edit.ts'
import type { Edit } from './edit.ts'
import {
  CHANGE_PARTS_MAX,
  HISTORY_ITEMS_MAX,
  HISTORY_ITEMS_MIN,
  HISTORY_LENGTH_MAX,
} from './limits.ts'
import type { AuthorRecord } from './journal-record.ts'
import type { Author } from './messages.ts'
import { announce } from './outbox.ts'
import type { Item, Owner, Session } from './owner.ts'
import { keepRescued } from './rescued.ts'

/**
 * Commits a change of a writer of the local hub itself, made on version `on` (head unless given): the disk, the output
 * of a run. Returns the version it became; an empty change is none and returns head.
 * @throws CodedError `bad_value`, `too_large`, where it does not fit; `conflict` where `on` is not in the history (any
 * more): read the document again. Nothing is changed then
 */
export function commitAs(
  owner: Owner,
  author: Author,
  edit: Edit,
  options: { readonly at: number; readonly on?: number },
): number {
  if (edit.length === 0) return owner.head
  const on = options.on ?? owner.head
  if (on < owner.base.v || on > owner.head)
    throw new CodedError('conflict', `version ${on} is not in the history; read it again`)
  const mapped = itemsAfter(owner, on).reduce(
    (rest, item) => transform(rest, item.edit).incoming,
    edit,
  )
  append(owner, { by: indexOfAuthor(owner, author), edit: mapped, at: options.at })
  return owner.head
}

/**
 * Commits the next edit of a session, mapped through the bridge. @throws CodedError where it does not fit; the session's
 * bridge and the document are then as they were.
 */
export function commitEdit(owner: Owner, session: Session, edit: Edit, at: number): void {
  extendBridge(owner, session)
  const mapped = throughBridge(session.bridge, edit)
  append(owner, { by: session.author, edit: mapped.edit, at })
  session.bridge = mapped.bridge
  session.n++
  session.w = owner.head
}

/** The client has version m: it has mapped those items itself. */
export function acknowledge(session: Session, m: number): void {
  if (m <= session.m) return
  session.m = m
  session.w = Math.max(session.w, m)
  const kept = session.bridge.findIndex((item) => item.v > m)
  session.bridge = kept === -1 ? [] : session.bridge.slice(kept)
}

/**
 * Walks the history after the version a resuming client has. Foreign items make the bridge, own ones consume the
 * client's stack, mapped as they were when they were committed. Returns the edits that are new.
 */
export function replayInto(
  owner: Owner,
  session: Session,
  stack: readonly Edit[],
): readonly Edit[] {
  let next = 0
  session.bridge = []
  for (const item of itemsAfter(owner, session.m)) {
    const own = item.by === session.author ? stack[next] : undefined
    if (item.by === session.author) session.n++
    if (own === undefined) {
      session.bridge.push(bridgeItem(item))
      continue
    }
    session.bridge = throughBridge(session.bridge, own).bridge
    next++
  }
  session.w = owner.head
  return stack.slice(next)
}

export function itemsAfter(owner: Owner, v: number): readonly Item[] {
  assert(v >= owner.base.v && v <= owner.head, 'a version that the history does not reach')
  return v === owner.head ? [] : owner.history.slice(v - owner.base.v)
}

/** By what an author is known. A writer of the local hub has no account: no session of a client can take its name. */
export function authorKey({ sid, accountId }: Pick<Author, 'sid' | 'accountId'>): string {
  return accountId === '' ? `:${sid}` : sid
}

export function indexOfAuthor(owner: Owner, author: Author): number {
  const key = authorKey(author)
  const known = owner.authorIndexes.get(key)
  if (known !== undefined) return known
  const index = owner.authors.length
  owner.authors.push(author)
  owner.counts.push(owner.earlierCounts.get(key) ?? 0)
  owner.authorIndexes.set(key, index)
  return index
}

/** A new version. `restored`: it was one already, of this term, and a session gave it back. @throws CodedError */
export function append(
  owner: Owner,
  change: { readonly by: number; readonly edit: Edit; readonly at: number },
  restored?: { readonly term: number; readonly from: string },
): void {
  const { by, edit, at } = change
  // Mapping may have made more of it than was sent; nobody could read that again.
  if (edit.length > CHANGE_PARTS_MAX)
    throw new CodedError('too_large', `a change of ${edit.length} parts`)
  const { state, sum } = applySummed(owner, edit, applyForeignEdit)
  owner.state = state
  owner.sum = sum
  const n = (owner.counts[by] ?? 0) + 1
  const term = restored?.term ?? owner.term
  owner.counts[by] = n
  startTerm(owner, { term, v: owner.head })
  owner.head++
  const v = owner.head
  remember(owner, { v, term, n, by, edit, at })
  announce(owner, by)
  recordAuthor(owner, by)
  owner.outbox.records.push({
    k: 'item',
    v,
    t: term,
    by,
    n,
    at,
    c: toChange(edit),
    ...(restored ? { restored: restored.from } : {}),
  })
  keepRescued(owner, { v, term, by, at, edit })
}

/** Into the history; the oldest items are forgotten where it is too long. */
export function remember(owner: Owner, item: Item): void {
  const { history } = owner
  history.push(item)
  owner.historyLength += lengthOf(item.edit)
  if (history.length > 1.25 * HISTORY_ITEMS_MAX) trimHistory(owner, HISTORY_ITEMS_MAX)
  if (owner.historyLength <= HISTORY_LENGTH_MAX || history.length <= HISTORY_ITEMS_MIN) return
  let keep = history.length
  for (let length = owner.historyLength; length > HISTORY_LENGTH_MAX / 2; keep--)
    length -= lengthOf(history[history.length - keep]?.edit ?? [])
  trimHistory(owner, Math.max(keep, HISTORY_ITEMS_MIN))
}

/** Forgets all but the last items. Who stands before them must join again. */
export function trimHistory(owner: Owner, keep: number): void {
  const forgotten = owner.history.slice(0, Math.max(0, owner.history.length - keep))
  const dropped = forgotten.at(-1)
  if (dropped === undefined) return
  for (const { edit } of forgotten) owner.historyLength -= lengthOf(edit)
  owner.history = owner.history.slice(forgotten.length)
  owner.base = { v: dropped.v, term: dropped.term }
  for (const session of owner.sessions.values()) if (session.m < dropped.v) session.state = 'lost'
}

/** Into the journal, before an author's first item. */
export function recordAuthor(owner: Owner, index: number): void {
  const author = owner.authors[index]
  if (owner.recorded.has(index) || author === undefined) return
  owner.recorded.add(index)
  owner.outbox.records.push(authorRecord(index, author))
}

/** That the author's older attempts are void. */
export function recordGivenUp(owner: Owner, index: number, gen: number): void {
  const author = owner.authors[index]
  if (author === undefined) return
  owner.recorded.add(index)
  owner.outbox.records.push({ ...authorRecord(index, author), gen })
}

function authorRecord(i: number, { sid, accountId, name }: Author): AuthorRecord {
  return { k: 'author', i, sid, account: accountId, name }
}

function extendBridge(owner: Owner, session: Session): void {
  for (let v = session.w + 1; v <= owner.head; v++) {
    const item = owner.history[v - owner.base.v - 1]
    if (item !== undefined && item.by !== session.author) session.bridge.push(bridgeItem(item))
  }
  session.w = owner.head
}
