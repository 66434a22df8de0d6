import type { ClientMessage } from './messages.ts'
import { indexOfAuthor } from './commit.ts'
import { COUNTED_AUTHORS_MAX, SESSIONS_KEPT_MAX } from './limits.ts'
import { reply, sendSnapshot, tellPresence } from './outbox.ts'
import type { Connection, Owner, Session } from './owner.ts'

/** What ties a session to its connection. */
export type Attaching = Extract<ClientMessage, { kind: 'join' | 'resume' | 'patch' }>

/**
 * Ties the session to this connection. An older attempt that comes late, or the same one doubled, is ignored, and a
 * session of somebody else is refused.
 */
export function attach(
  owner: Owner,
  connection: Connection,
  message: Attaching,
): Session | undefined {
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
  if ((owner.givenUp.get(message.sid) ?? 0) >= message.gen) return undefined
  const session = known ?? newSession(author)
  // The last that came is the last that is forgotten.
  owner.sessions.delete(message.sid)
  owner.sessions.set(message.sid, session)
  forgetOldest(owner)
  leaveOther(owner, session, connection)
  session.gen = message.gen
  session.connection = connection.id
  connection.session = session
  return session
}

/** From now on older attempts of this session are void, in later lives too where the journal tells it. */
// oxlint-disable-next-line max-params -- the owner, who, and when
export function giveUp({ givenUp }: Owner, sid: string, gen: number): void {
  givenUp.delete(sid)
  givenUp.set(sid, gen)
  for (const oldest of givenUp.keys()) {
    if (givenUp.size <= COUNTED_AUTHORS_MAX) return
    givenUp.delete(oldest)
  }
}

/** A session is a cache; one that is connected stays. */
function forgetOldest({ sessions }: Owner): void {
  if (sessions.size <= SESSIONS_KEPT_MAX) return
  for (const [sid, { connection }] of sessions)
    if (connection === undefined) return void sessions.delete(sid)
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

/** The connection has no session any more. */
export function leave(owner: Owner, connection: Connection): void {
  const { session } = connection
  connection.session = undefined
  if (!session) return
  session.bridge = []
  if (session.connection === connection.id) session.connection = undefined
  if (connection.presence !== null) tellPresence(owner, session.author, null)
  connection.presence = null
  connection.joining = undefined
}

/** The session goes on at head: all of it is sent. */
export function beginAtHead(owner: Owner, connection: Connection, session: Session): void {
  session.n = owner.counts[session.author] ?? 0
  session.bridge = []
  session.state = 'live'
  // The client tells its versions from the snapshot's on, and has the items since before it is live.
  session.toldM = sendSnapshot(owner, connection, session)
  session.m = session.w = owner.head
}

/** Nothing more of the session is taken until it joins or resumes anew. */
// oxlint-disable-next-line max-params -- who, and why
export function refuse(
  owner: Owner,
  connection: Connection,
  session: Session,
  problem: { code: string; message: string },
): void {
  session.state = 'refused'
  const { gen } = session
  reply(owner, connection, { kind: 'refused', gen, n: session.n + 1, ...problem })
}
