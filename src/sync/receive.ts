import { codeOf } from '../util/coded-error.ts'
import { acknowledge, commitEdit, indexOfAuthor, itemsAfter, replayInto } from './commit.ts'
import type { Edit } from './edit.ts'
import { joinFragment } from './fragments.ts'
import { hashState } from './hash.ts'
import type { ClientMessage } from './messages.ts'
import { announce, broadcast, reply, sendItems, sendSnapshot } from './outbox.ts'
import type { Connection, ConnectionId, Owner, Person, Session } from './owner.ts'
import { decodeClientMessage } from './wire-client.ts'

/**
 * Takes bytes of a client's channel. What comes of it is in the next `takeTurn`. `at` is the wall time in ms.
 * @throws CodedError `bad_message`, `too_large` where the bytes are no message: close the channel. Everything else
 * is answered to the client, and the document and the others go on (I11)
 */
export function receiveAtOwner(
  owner: Owner,
  from: { readonly connection: ConnectionId; readonly person: Person },
  bytes: Uint8Array,
  at: number,
): void {
  const connection = connectionOf(owner, from.connection, from.person)
  const whole = joinFragment(connection.fragments, bytes)
  const message = whole && decodeClientMessage(whole)
  if (message) handle(owner, connection, message, at)
}

/** The connection is gone. The session stays, for a resume. */
export function detach(owner: Owner, id: ConnectionId): void {
  const connection = owner.connections.get(id)
  if (!connection) return
  owner.connections.delete(id)
  leave(owner, connection)
}

function handle(owner: Owner, connection: Connection, message: ClientMessage, at: number): void {
  const { session } = connection
  switch (message.kind) {
    case 'join':
      return join(owner, connection, message)
    case 'resume':
      return resume(owner, connection, message, at)
    case 'edit':
      return session && edit(owner, connection, session, { ...message, at })
    case 'ack':
      if (session?.state === 'live' && message.m <= owner.head) acknowledge(session, message.m)
      return
    case 'check':
      return check(owner, connection, message)
    case 'presence':
      return session && present(owner, connection, session, message.data)
    case 'patch':
      // The next version applies them here. Until then all goes back to its author, who inserts by hand.
      return reply(owner, connection, {
        kind: 'patch_result',
        gen: message.gen,
        accepted: false,
        failed: message.hunks.map((_, index) => index),
      })
  }
}

type Join = Extract<ClientMessage, { kind: 'join' }>
type Resume = Extract<ClientMessage, { kind: 'resume' }>

function join(owner: Owner, connection: Connection, message: Join): void {
  const session = attach(owner, connection, message)
  if (session) beginAtHead(owner, connection, session)
}

function beginAtHead(owner: Owner, connection: Connection, session: Session): void {
  session.n = owner.counts[session.author] ?? 0
  session.m = session.toldM = session.w = owner.head
  session.bridge = []
  session.state = 'live'
  sendSnapshot(owner, connection, session)
}

function resume(owner: Owner, connection: Connection, message: Resume, at: number): void {
  if (!isInHistory(owner, message))
    return reply(owner, connection, { kind: 'forked', gen: message.gen })
  const session = attach(owner, connection, message)
  if (!session) return
  session.n = message.n
  session.m = session.toldM = message.m
  session.state = 'live'
  const fresh = replayInto(owner, session, message.edits)
  // Of an author whose items are all older than the history, only the client knows how many there were.
  if (owner.counts[session.author] === 0) owner.counts[session.author] = session.n
  if (session.n !== owner.counts[session.author]) {
    session.state = 'lost'
    return reply(owner, connection, { kind: 'forked', gen: message.gen })
  }
  const from = session.m
  for (const next of fresh) if (!commit(owner, connection, session, { edit: next, at })) return
  if (message.snapshot) return beginAtHead(owner, connection, session)
  sendItems(owner, connection, session, itemsAfter(owner, from))
}

function isInHistory(owner: Owner, { m, term }: Resume): boolean {
  if (m < owner.base.v || m > owner.head) return false
  const item = m === owner.base.v ? owner.base : owner.history[m - owner.base.v - 1]
  return item?.term === term
}

/**
 * Ties the session to this connection. An older attempt that comes late, or the same one doubled, is ignored, and a
 * session of somebody else is refused.
 */
function attach(owner: Owner, connection: Connection, message: Join | Resume): Session | undefined {
  const { accountId, name } = connection.person
  const author = indexOfAuthor(owner, { sid: message.sid, accountId, name })
  if (owner.authors[author]?.accountId !== accountId) {
    const { gen } = message
    const text = `session "${message.sid}" is somebody else's`
    reply(owner, connection, { kind: 'refused', gen, n: 0, code: 'forbidden', message: text })
    return undefined
  }
  const known = owner.sessions.get(message.sid)
  if (known && known.gen >= message.gen) return undefined
  const session = known ?? newSession(author)
  owner.sessions.set(message.sid, session)
  leaveOther(owner, session, connection)
  session.gen = message.gen
  session.connection = connection.id
  connection.session = session
  return session
}

function newSession(author: number): Session {
  return {
    author,
    gen: 0,
    n: 0,
    m: 0,
    toldM: 0,
    w: 0,
    bridge: [],
    connection: undefined,
    state: 'live',
  }
}

function leaveOther(owner: Owner, session: Session, connection: Connection): void {
  if (connection.session && connection.session !== session) leave(owner, connection)
  if (session.connection === undefined || session.connection === connection.id) return
  const older = owner.connections.get(session.connection)
  if (older) leave(owner, older)
}

function leave(owner: Owner, connection: Connection): void {
  const { session } = connection
  connection.session = undefined
  if (!session) return
  session.bridge = []
  if (session.connection === connection.id) session.connection = undefined
  if (connection.presence !== null)
    broadcast(owner, { kind: 'presence', by: session.author, data: null }, connection)
  connection.presence = null
}

type EditMessage = Extract<ClientMessage, { kind: 'edit' }> & { readonly at: number }

function edit(owner: Owner, connection: Connection, session: Session, message: EditMessage): void {
  if (session.state !== 'live' || message.gen !== (session.gen & 0xff)) return
  const ahead = (message.n - session.n - 1) & 0xff
  // Already committed: doubled on the way.
  if (ahead >= 0x80) return
  const m = session.toldM + message.step
  // Missing edits, or made on an older version than an overtaking acknowledgement told: the bridge to it is gone.
  if (ahead > 0 || m < session.m || m > owner.head) {
    session.state = 'lost'
    return reply(owner, connection, { kind: 'resend' })
  }
  session.toldM = m
  acknowledge(session, m)
  commit(owner, connection, session, message)
}

/** False where it is refused: then nothing more of the session is taken until it joins again. */
function commit(
  owner: Owner,
  connection: Connection,
  session: Session,
  change: { readonly edit: Edit; readonly at: number },
): boolean {
  if (!connection.person.canEdit) {
    refuse(owner, connection, session, { code: 'read_only', message: 'it is read-only here' })
    return false
  }
  try {
    commitEdit(owner, session, change.edit, change.at)
    return true
  } catch (error) {
    const code = codeOf(error) ?? (error instanceof RangeError ? 'bad_value' : undefined)
    if (code === undefined || !(error instanceof Error)) throw error
    refuse(owner, connection, session, { code, message: error.message })
    return false
  }
}

function refuse(
  owner: Owner,
  connection: Connection,
  session: Session,
  problem: { code: string; message: string },
): void {
  session.state = 'refused'
  const { gen } = session
  reply(owner, connection, { kind: 'refused', gen, n: session.n + 1, ...problem })
}

function check(
  owner: Owner,
  connection: Connection,
  { v, hash }: Extract<ClientMessage, { kind: 'check' }>,
): void {
  // Of another version nothing is known here; an idle client is at head.
  if (v !== owner.head || hash === hashState(owner.state)) return
  reply(owner, connection, { kind: 'mismatch', v })
}

function present(
  owner: Owner,
  connection: Connection,
  session: Session,
  data: Connection['presence'],
): void {
  connection.presence = data
  announce(owner, session.author)
  broadcast(owner, { kind: 'presence', by: session.author, data }, connection)
}

function connectionOf(owner: Owner, id: ConnectionId, person: Person): Connection {
  const known = owner.connections.get(id)
  if (known) {
    known.person = person
    return known
  }
  const connection = { id, person, session: undefined, presence: null, fragments: [] }
  owner.connections.set(id, connection)
  return connection
}
