import { toFragments } from './fragments.ts'
import { MESSAGE_BYTES_MAX, SNAPSHOT_CHUNK_BYTES } from './limits.ts'
import type { NumberedAuthor, OwnerMessage } from './messages.ts'
import type { Connection, ConnectionId, Item, Owner, Outbox, Send, Session, Turn } from './owner.ts'
import { stateToJson } from './state-json.ts'
import { encodeOwnerMessage } from './wire-owner.ts'

/**
 * What happened since the last turn. All items of the turn are one message, serialized once for all; the author's
 * own item is the acknowledgement. Append and flush `records` before anything is sent (I3).
 */
export function takeTurn(owner: Owner): Turn {
  const { records, sends, from, announce } = owner.outbox
  const to = everybody(owner)
  const names: Send[] = []
  if (announce.length > 0)
    send(names, to, { kind: 'authors', authors: announce.map((index) => numbered(owner, index)) })
  const items = owner.history.slice(Math.max(0, from - owner.base.v - 1))
  if (items.length > 0) send(sends, to, { kind: 'items', v: from, items })
  owner.outbox = emptyOutbox(owner.head)
  const all = [...names, ...sends]
  return { records, sends: all.filter(({ to: connections }) => connections.length > 0) }
}

/** Version v is on the disk: told to everybody in the next turn. */
export function markSaved(owner: Owner, v: number): void {
  send(owner.outbox.sends, everybody(owner), { kind: 'saved', v })
}

/** The history after version v as messages, for a connection that fell behind and was left out for a while. */
export function historyMessages(owner: Owner, v: number): readonly Uint8Array[] {
  const items = owner.history.slice(Math.max(0, v - owner.base.v))
  return byTerm(items).flatMap((run) => toFragments(encodeOwnerMessage(run)))
}

export function emptyOutbox(head: number): Outbox {
  return { records: [], sends: [], from: head + 1, announce: [] }
}

export function reply(owner: Owner, connection: Connection, message: OwnerMessage): void {
  send(owner.outbox.sends, [connection.id], message)
}

/** To everybody with a session but one. */
export function broadcast(owner: Owner, message: OwnerMessage, except: Connection): void {
  const to = everybody(owner).filter((id) => id !== except.id)
  if (to.length > 0) send(owner.outbox.sends, to, message)
}

/** `joined`, the authors so far, who is where, and the document. */
export function sendSnapshot(owner: Owner, connection: Connection, session: Session): void {
  const frames = snapshotFrames(owner)
  reply(owner, connection, {
    kind: 'joined',
    gen: session.gen,
    self: session.author,
    n: session.n,
    term: owner.head === owner.base.v ? owner.base.term : (owner.history.at(-1)?.term ?? 0),
    v: owner.head,
    chunks: frames.length,
  })
  sendAuthors(owner, connection)
  for (const bytes of frames) owner.outbox.sends.push({ to: [connection.id], bytes })
  sendPresence(owner, connection)
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
  for (const run of byTerm(items)) reply(owner, connection, run)
  sendPresence(owner, connection)
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

function sendPresence(owner: Owner, connection: Connection): void {
  for (const other of owner.connections.values()) {
    if (other === connection || !other.session || other.presence === null) continue
    const by = other.session.author
    reply(owner, connection, { kind: 'presence', by, data: other.presence })
  }
}

function byTerm(items: readonly Item[]): Extract<OwnerMessage, { kind: 'items_full' }>[] {
  const runs: { kind: 'items_full'; term: number; v: number; items: Item[] }[] = []
  for (const item of items) {
    const run = runs.at(-1)
    if (run?.term === item.term) run.items.push(item)
    else runs.push({ kind: 'items_full', term: item.term, v: item.v, items: [item] })
  }
  return runs
}

/** One UTF-8 buffer a version, in chunks, shared by all who join at it. */
function snapshotFrames(owner: Owner): readonly Uint8Array[] {
  if (owner.snapshot?.v === owner.head) return owner.snapshot.frames
  const bytes = new TextEncoder().encode(JSON.stringify(stateToJson(owner.state)))
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += SNAPSHOT_CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + SNAPSHOT_CHUNK_BYTES)
    frames.push(
      encodeOwnerMessage({ kind: 'snapshot', v: owner.head, index: frames.length, bytes: chunk }),
    )
  }
  owner.snapshot = { v: owner.head, frames }
  return frames
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
