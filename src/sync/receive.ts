import { codeOf } from '../util/coded-error.ts'
import { acknowledge, commitEdit, itemsAfter, replayInto } from './commit.ts'
import type { Edit } from './edit.ts'
import { joinFragment } from './fragments.ts'
import { hashState } from './hash.ts'
import { FRAGMENTED_BYTES_MAX, VIEWER_BYTES_MAX } from './limits.ts'
import type { ClientMessage } from './messages.ts'
import { isMuch } from './missed.ts'
import { beginTerm } from './open-owner.ts'
import { keepPace } from './pace.ts'
import { reply, sendItems, sendMerged, sendMore, tellPresence } from './outbox.ts'
import type { Connection, ConnectionId, Owner, Person, Session } from './owner.ts'
import { dismissPiece } from './rescued.ts'
import { dropFromRecovery, hold, takeKept } from './recovery.ts'
import { applyPatch, tellDivergence } from './repair.ts'
import { attach, beginAtHead, leave, refuse } from './session.ts'
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
  const most = from.person.canEdit ? FRAGMENTED_BYTES_MAX : VIEWER_BYTES_MAX
  const whole = joinFragment(connection.fragments, bytes, most)
  const message = whole && decodeClientMessage(whole)
  if (message) handle(owner, connection, message, at)
}

/** The connection is gone. The session stays, for a resume. */
export function detach(owner: Owner, id: ConnectionId): void {
  const connection = owner.connections.get(id)
  if (!connection) return
  owner.connections.delete(id)
  dropFromRecovery(owner, id)
  leave(owner, connection)
}

/** Also for what was held back while the lost end of the journal was looked for. */
// oxlint-disable-next-line max-params -- who, what and when
export function handle(
  owner: Owner,
  connection: Connection,
  message: ClientMessage,
  at: number,
): void {
  switch (message.kind) {
    case 'join':
    case 'resume':
    case 'patch':
      keepPace(connection, at)
      if (owner.recovery) return hold(owner, connection, { message, at })
      return begin(owner, connection, message, at)
    case 'have_items':
      return takeKept(owner, connection, message, at)
    default:
      if (connection.session) return goOn(owner, connection, connection.session, { message, at })
      // The owner is another one than the client began with: moved, or restarted under an open channel.
      if (!owner.recovery) reply(owner, connection, { kind: 'resend' })
  }
}

type Beginning = Extract<ClientMessage, { kind: 'join' | 'resume' | 'patch' }>

// oxlint-disable-next-line max-params -- who, what and when
function begin(owner: Owner, connection: Connection, message: Beginning, at: number): void {
  switch (message.kind) {
    case 'join':
      return join(owner, connection, message)
    case 'resume':
      return resume(owner, connection, message, at)
    case 'patch':
      return applyPatch(owner, connection, message, at)
  }
}

type GoingOn = Exclude<ClientMessage, Beginning | { kind: 'have_items' }>

function goOn(
  owner: Owner,
  connection: Connection,
  session: Session,
  { message, at }: { readonly message: GoingOn; readonly at: number },
): void {
  switch (message.kind) {
    case 'edit':
      return edit(owner, connection, session, { ...message, at })
    case 'ack':
      if (session.state === 'live' && message.m <= owner.head) acknowledge(session, message.m)
      return
    case 'check':
      keepPace(connection, at)
      return check(owner, connection, message)
    case 'presence':
      connection.presence = message.data
      return tellPresence(owner, session.author, message.data)
    case 'more':
      return message.gen === session.gen ? sendMore(owner, connection, message.chunks) : undefined
    case 'diverged':
      keepPace(connection, at)
      return tellDivergence(owner, session, message)
    case 'dismiss':
      return dismissPiece(owner, message.id, connection.person.accountId)
  }
}

type Join = Extract<ClientMessage, { kind: 'join' }>
type Resume = Extract<ClientMessage, { kind: 'resume' }>

function join(owner: Owner, connection: Connection, message: Join): void {
  const session = attach(owner, connection, message)
  if (session) beginAtHead(owner, connection, session)
}

function resume(owner: Owner, connection: Connection, message: Resume, at: number): void {
  if (!isInHistory(owner, message)) return forked(owner, connection, message, at)
  const session = attach(owner, connection, message)
  if (!session) return
  session.n = message.n
  session.m = session.toldM = message.m
  session.state = 'live'
  let fresh: readonly Edit[]
  try {
    fresh = replayInto(owner, session, message.edits)
  } catch (error) {
    return refuseFor(owner, connection, session, error)
  }
  // Of an author whose items are all older than the history, only the client knows how many there were.
  owner.counts[session.author] = session.n
  const from = session.m
  for (const next of fresh) if (!commit(owner, connection, session, { edit: next, at })) return
  if (message.snapshot) return beginAtHead(owner, connection, session)
  // To take these edits the owner forgot the version that they began at.
  if (from < owner.base.v) return forked(owner, connection, message, at)
  const missed = itemsAfter(owner, from)
  if (!isMuch(missed) || !sendMerged(owner, connection, session, missed))
    return sendItems(owner, connection, session, missed)
  session.m = session.toldM = session.w = owner.head
  session.bridge = []
}

/** The client's version is on a branch that is dead, or older than the history: it finds out what is shared, and repairs. */
// oxlint-disable-next-line max-params -- who, what and when
function forked(owner: Owner, connection: Connection, { gen, m, term }: Resume, at: number): void {
  const { base, head, terms } = owner
  // The journal was whole, but is not: this life must not be taken for the one that the client knew. In a term that began
  // with this owner, nobody can know more than it: that is not true.
  const isLost = m > head && term === owner.term && !owner.termIsOwn
  if (isLost && connection.person.canEdit) {
    const reason = 'a client knows more versions'
    owner.outbox.records.push(beginTerm(owner, { term: term + 1, at, reason }))
    resumeAll(owner)
  }
  reply(owner, connection, { kind: 'forked', gen, base: base.v, head, terms })
}

/** Who goes on must know that the term is another one: what comes now is of it. */
function resumeAll(owner: Owner): void {
  for (const { connection: id, state } of owner.sessions.values()) {
    const other = id === undefined ? undefined : owner.connections.get(id)
    if (other && state === 'live') reply(owner, other, { kind: 'resend' })
  }
}

function isInHistory(owner: Owner, { m, term }: Resume): boolean {
  if (m < owner.base.v || m > owner.head) return false
  const item = m === owner.base.v ? owner.base : owner.history[m - owner.base.v - 1]
  return item?.term === term
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
    refuseFor(owner, connection, session, error)
    return false
  }
}

/** A change that does not fit is the client's fault. @throws what is no refusal */
// oxlint-disable-next-line max-params -- who, and why
function refuseFor(owner: Owner, connection: Connection, session: Session, error: unknown): void {
  const code = codeOf(error) ?? (error instanceof RangeError ? 'bad_value' : undefined)
  if (code === undefined || !(error instanceof Error)) throw error
  refuse(owner, connection, session, { code, message: error.message })
}

function check(
  owner: Owner,
  connection: Connection,
  { v, hash }: Extract<ClientMessage, { kind: 'check' }>,
): void {
  // Of another version nothing is known here; an idle client is at head.
  if (v !== owner.head) return
  if (owner.hashed?.v !== v) owner.hashed = { v, hash: hashState(owner.state) }
  if (hash === owner.hashed.hash) return
  reply(owner, connection, { kind: 'mismatch', v })
}

function connectionOf(owner: Owner, id: ConnectionId, person: Person): Connection {
  const known = owner.connections.get(id)
  if (known) {
    known.person = person
    return known
  }
  const connection: Connection = {
    id,
    person,
    costly: { since: 0, count: 0 },
    session: undefined,
    presence: null,
    fragments: [],
    joining: undefined,
  }
  owner.connections.set(id, connection)
  return connection
}
