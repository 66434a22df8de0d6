import { bridgeEdit } from './bridge.ts'
import { toFragments } from './fragments.ts'
import type { Json } from './change.ts'
import { insertedLength, isLargeEdit } from './edit.ts'
import { CHANGE_PARTS_MAX, MESSAGE_BYTES_MAX } from './limits.ts'
import { mergeAll } from './merge.ts'
import type { NumberedAuthor, OwnerMessage } from './messages.ts'
import { isMuch } from './missed.ts'
import type { Connection, ConnectionId, Item, Owner, Outbox, Send, Session, Turn } from './owner.ts'
import { piecesFor } from './rescued.ts'
import { aboutPieces } from './snapshot.ts'
import { beginSnapshot, chunksFrom } from './snapshot-chunks.ts'
import { encodeOwnerMessage } from './wire-owner.ts'

/**
 * What happened since the last turn. All items of the turn are one message, serialized once for all; the author's
 * own item is the acknowledgement. Append and flush `records` before anything is sent (I3).
 */
export function takeTurn(owner: Owner, options?: { readonly holdPresence?: boolean }): Turn {
  const { records, divergences, sends, from, announce, presence } = owner.outbox
  const to = everybody(owner)
  const names: Send[] = []
  if (announce.length > 0)
    send(names, to, { kind: 'authors', authors: announce.map((index) => numbered(owner, index)) })
  sendNew(owner, itemsFrom(owner, from), { to, sends })
  owner.outbox = emptyOutbox(owner.head)
  owner.outbox.presence = presence
  // What comes back is written together with the term that begins after it.
  if (owner.recovery) owner.outbox.records.push(...records.splice(0))
  if (options?.holdPresence !== true) sends.push(...takePresence(owner))
  const all = [...names, ...sends]
  return {
    records,
    sends: all.filter(({ to: connections }) => connections.length > 0),
    divergences,
  }
}

/** The items of a turn. A large one is not sent back to its author, who has it. */
function sendNew(
  owner: Owner,
  items: readonly Item[],
  { to, sends }: { readonly to: readonly ConnectionId[]; readonly sends: Send[] },
): void {
  const [first] = items
  if (!first) return
  const { sum, head: upTo } = owner
  let others = to
  if (items.length === 1 && isLargeEdit(first.edit)) {
    const isAuthor = (id: ConnectionId): boolean =>
      owner.connections.get(id)?.session?.author === first.by
    others = to.filter((id) => !isAuthor(id))
    const own = encodeOwnerMessage({ kind: 'own', v: first.v, sum })
    sends.push({ to: to.filter(isAuthor), bytes: own, upTo })
  }
  if (others.length === 0) {
    if (owner.snapshot) owner.snapshot.tailBytes += insertedLength(first.edit)
    return
  }
  const bytes = encodeOwnerMessage({ kind: 'items', v: first.v, sum, items })
  const pieces = bytes.length <= MESSAGE_BYTES_MAX ? [bytes] : toFragments(bytes)
  for (const piece of pieces) sends.push({ to: others, bytes: piece, upTo })
  if (owner.snapshot) owner.snapshot.tailBytes += bytes.length
}

/** True where `takePresence` has something. */
export function presenceWaits(owner: Owner): boolean {
  return owner.outbox.presence.size > 0
}

/**
 * Where people are who moved since the last time: the last place of each, in one message for all. A shell that lets it
 * wait (`holdPresence`) for a tenth of a second sends no more than that, whatever the clients do.
 */
export function takePresence(owner: Owner): readonly Send[] {
  const people = [...owner.outbox.presence].map(([by, data]) => ({ by, data }))
  owner.outbox.presence = new Map()
  const [only] = people
  const sends: Send[] = []
  if (only === undefined) return sends
  const to = everybody(owner)
  if (people.length > 1) send(sends, to, { kind: 'presences', people })
  else {
    const others = to.filter((id) => owner.connections.get(id)?.session?.author !== only.by)
    if (others.length > 0) send(sends, others, { kind: 'presence', ...only })
  }
  return sends
}

/** Version v is on the disk: told to everybody in the next turn, and to whoever joins. */
export function markSaved(owner: Owner, v: number): void {
  if (v === owner.savedV) return
  owner.savedV = v
  send(owner.outbox.sends, everybody(owner), { kind: 'saved', v })
}

/** The history after version v as messages, for a connection that fell behind and was left out for a while. */
export function historyMessages(owner: Owner, v: number, upTo = owner.head): readonly Uint8Array[] {
  const items = itemsFrom(owner, v + 1).slice(0, Math.max(0, upTo - v))
  return byTerm(owner, items).flatMap((run) => toFragments(encodeOwnerMessage(run)))
}

/**
 * For a connection that was left out of the items after version v up to the last that was sent to others: these, or
 * where they are much the request to resume, which is answered by one merged edit: only the client knows what of its own
 * is on the way (I5). One that is still joining has nothing to merge into: it gets them as they are.
 */
export function missedMessages(
  owner: Owner,
  id: ConnectionId,
  { v, upTo }: { readonly v: number; readonly upTo: number },
): readonly Uint8Array[] {
  const connection = owner.connections.get(id)
  if (!connection?.session || v >= upTo) return []
  const isKnown = v >= owner.base.v
  if (isKnown && (connection.joining || !isMuch(itemsFrom(owner, v + 1))))
    return historyMessages(owner, v, upTo)
  return [encodeOwnerMessage({ kind: 'resend' })]
}

export function emptyOutbox(head: number): Outbox {
  return {
    records: [],
    divergences: [],
    sends: [],
    from: head + 1,
    announce: [],
    presence: new Map(),
  }
}

export function reply(owner: Owner, connection: Connection, message: OwnerMessage): void {
  send(owner.outbox.sends, [connection.id], message)
}

/** Where somebody is; null: nowhere. */
export function tellPresence(owner: Owner, author: number, data: Json): void {
  announce(owner, author)
  owner.outbox.presence.set(author, data)
}

/**
 * `joined`, the authors so far, the items since the last snapshot, that snapshot, and who is where. Returns the
 * version of the snapshot.
 */
export function sendSnapshot(owner: Owner, connection: Connection, session: Session): number {
  const snapshot = beginSnapshot(owner)
  const { v, term, sum } = snapshot
  const tail = itemsFrom(owner, v + 1)
  reply(owner, connection, {
    kind: 'joined',
    gen: session.gen,
    self: session.author,
    n: session.n - tail.filter((item) => item.by === session.author).length,
    term,
    v,
    chunks: aboutPieces(snapshot.state),
    liveTerm: owner.term,
    sum,
  })
  sendAuthors(owner, connection)
  for (const run of byTerm(owner, tail)) reply(owner, connection, run)
  connection.joining = { snapshot, sent: 0 }
  sendMore(owner, connection, 0)
  sendPresence(owner, connection)
  sendRescued(owner, connection)
  sendSaved(owner, connection)
  return v
}

/** What is to be sent of a snapshot to a client that has so many chunks. */
export function sendMore(owner: Owner, connection: Connection, has: number): void {
  const { joining } = connection
  if (!joining) return
  const chunks = chunksFrom(joining, has)
  if (chunks.length === 0 && has >= joining.sent) connection.joining = undefined
  for (const bytes of chunks) owner.outbox.sends.push({ to: [connection.id], bytes })
}

/** `resumed`, the authors so far, who is where, and what the client missed. */
export function sendItems(
  owner: Owner,
  connection: Connection,
  session: Session,
  items: readonly Item[],
): void {
  const { gen, author } = session
  reply(owner, connection, { kind: 'resumed', gen, self: author, term: owner.term })
  sendAuthors(owner, connection)
  for (const run of byTerm(owner, items)) reply(owner, connection, run)
  sendPresence(owner, connection)
  sendRescued(owner, connection)
  sendSaved(owner, connection)
}

/**
 * What others did after the version that the client has, as one edit on the client's state. All own edits are committed,
 * so nothing else is mapped over it. False where that edit would be larger than any may be.
 */
export function sendMerged(
  owner: Owner,
  connection: Connection,
  session: Session,
  missed: readonly Item[],
): boolean {
  const { gen, author, n } = session
  const others = mergeAll(
    session.bridge.map((item) => bridgeEdit(item).filter((op) => op[0] !== 'r')),
  )
  if (others.length > CHANGE_PARTS_MAX) return false
  reply(owner, connection, {
    kind: 'merged',
    gen,
    self: author,
    n,
    term: missed.at(-1)?.term ?? owner.term,
    v: owner.head,
    liveTerm: owner.term,
    edit: others,
  })
  sendAuthors(owner, connection)
  sendPresence(owner, connection)
  sendRescued(owner, connection)
  sendSaved(owner, connection)
  return true
}

/** Tells everybody who this index is, once, in front of the turn's other messages. */
export function announce(owner: Owner, index: number): void {
  if (owner.told.has(index)) return
  owner.told.add(index)
  owner.outbox.announce.push(index)
}

function sendAuthors(owner: Owner, connection: Connection): void {
  const authors = [...owner.told].map((index) => numbered(owner, index))
  reply(owner, connection, { kind: 'authors', authors })
}

/** What waits for this person: it may have been told, but who knows whether that came. */
function sendRescued(owner: Owner, connection: Connection): void {
  const pieces = piecesFor(owner, connection.person.accountId)
  if (pieces.length > 0) reply(owner, connection, { kind: 'rescued', pieces })
}

function sendSaved(owner: Owner, connection: Connection): void {
  reply(owner, connection, { kind: 'saved', v: owner.savedV })
}

function sendPresence(owner: Owner, connection: Connection): void {
  const people: { by: number; data: Json }[] = []
  for (const other of owner.connections.values()) {
    if (other === connection || !other.session || other.presence === null) continue
    people.push({ by: other.session.author, data: other.presence })
  }
  if (people.length > 0) reply(owner, connection, { kind: 'presences', people })
}

/** The sum is known of head only. */
function byTerm(
  owner: Owner,
  items: readonly Item[],
): Extract<OwnerMessage, { kind: 'items_full' }>[] {
  const runs: { kind: 'items_full'; term: number; v: number; sum: number; items: Item[] }[] = []
  for (const item of items) {
    const run = runs.at(-1)
    if (run?.term === item.term) run.items.push(item)
    else runs.push({ kind: 'items_full', term: item.term, v: item.v, sum: 0, items: [item] })
  }
  const last = runs.at(-1)
  if (last && items.at(-1)?.v === owner.head) last.sum = owner.sum
  return runs
}

function itemsFrom(owner: Owner, v: number): readonly Item[] {
  return owner.history.slice(Math.max(0, v - owner.base.v - 1))
}

function send(sends: Outbox['sends'], to: readonly ConnectionId[], message: OwnerMessage): void {
  const bytes = encodeOwnerMessage(message)
  if (bytes.length <= MESSAGE_BYTES_MAX) sends.push({ to, bytes })
  else for (const fragment of toFragments(bytes)) sends.push({ to, bytes: fragment })
}

function everybody(owner: Owner): readonly ConnectionId[] {
  const connections: ConnectionId[] = []
  for (const { id, session } of owner.connections.values()) if (session) connections.push(id)
  return connections
}

function numbered(owner: Owner, index: number): NumberedAuthor {
  const author = owner.authors[index] ?? { sid: '', accountId: '', name: '' }
  return { index, sid: author.sid, accountId: author.accountId, name: author.name }
}
