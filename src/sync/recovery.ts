import { codeOf } from '../util/coded-error.ts'
import { append, authorKey, indexOfAuthor } from './commit.ts'
import { KEPT_ITEMS_MAX, TERM_MAX } from './limits.ts'
import type { Author, ClientMessage } from './messages.ts'
import { reply } from './outbox.ts'
import type { Connection, Held, Owner } from './owner.ts'

/**
 * The end of the journal may be lost (the machine went down): clients may know versions after head. Those who come are held
 * until the shell ends the recovery; who says to have more is asked for it, the one with the most first. What it gives is
 * appended as it was: version, term and author. It has another version head than ours: it gives nothing, and is repaired
 * as forked when the recovery ends.
 *
 *     beginRecovery ──resume──> held ──want_items──> have_items ──> append ──> endRecovery: a new term, all are answered
 */

/** Call it after `restoreOwner`, where the tail may be lost. Commit nothing until `endRecovery`. */
export function beginRecovery(owner: Owner): void {
  owner.recovery = { held: new Map(), asked: undefined, tried: new Set() }
}

/** True while nobody who is there has to answer: the shell may end it when it has waited long enough for more to come. */
export function recoveryIsIdle(owner: Owner): boolean {
  return owner.recovery?.asked === undefined
}

/** Answered when the recovery ends. A connection's next attempt is instead of the one before. */
export function hold(owner: Owner, connection: Connection, held: Held): void {
  owner.recovery?.held.set(connection.id, held)
  askForMore(owner)
}

/** Versions after head from a client that was asked. @throws CodedError `bad_value` where they don't fit */
// oxlint-disable-next-line max-params -- who, what and when
export function takeKept(
  owner: Owner,
  connection: Connection,
  message: Extract<ClientMessage, { kind: 'have_items' }>,
  at: number,
): void {
  const { recovery } = owner
  if (recovery?.asked !== connection.id) return
  recovery.asked = undefined
  if (message.v === owner.head && connection.person.canEdit) restore(owner, connection, message, at)
  askForMore(owner)
}

/** The shell says that a connection is gone: it answers no more. */
export function dropFromRecovery(owner: Owner, id: string): void {
  const { recovery } = owner
  recovery?.held.delete(id)
  if (recovery?.asked !== id) return
  recovery.asked = undefined
  askForMore(owner)
}

// oxlint-disable-next-line max-params -- who, what and when
function restore(
  owner: Owner,
  connection: Connection,
  message: Extract<ClientMessage, { kind: 'have_items' }>,
  at: number,
): void {
  const from = owner.recovery?.held.get(connection.id)?.message.sid ?? ''
  const authors = new Map(message.authors.map(({ index, ...author }) => [index, author]))
  for (const { term, by: theirs, edit } of message.items.slice(0, KEPT_ITEMS_MAX)) {
    const author = authors.get(theirs)
    if (!author || !mayBe(owner, author) || term < owner.term || term > TERM_MAX) return
    const by = indexOfAuthor(owner, author)
    try {
      append(owner, { by, edit, at }, { term, from })
    } catch (error) {
      // What came before it fits; the rest is for each to repair.
      if (codeOf(error) === undefined && !(error instanceof RangeError)) throw error
      return
    }
  }
}

function askForMore(owner: Owner): void {
  const { recovery } = owner
  if (!recovery || recovery.asked !== undefined) return
  let most:
    | { readonly connection: Connection; readonly term: number; readonly m: number }
    | undefined
  for (const [id, { message }] of recovery.held) {
    const connection = owner.connections.get(id)
    if (!connection?.person.canEdit || message.kind !== 'resume') continue
    const { term, m, snapshot } = message
    if (snapshot || m <= owner.head || recovery.tried.has(id)) continue
    if (!most || term > most.term || (term === most.term && m > most.m))
      most = { connection, term, m }
  }
  if (!most) return
  recovery.tried.add(most.connection.id)
  recovery.asked = most.connection.id
  const term = owner.history.at(-1)?.term ?? owner.base.term
  reply(owner, most.connection, { kind: 'want_items', v: owner.head, term })
}

/** False where a session is known to be somebody else's: by the journal, or because its page waits here. */
function mayBe(owner: Owner, author: Author): boolean {
  const known = owner.authors[owner.authorIndexes.get(authorKey(author)) ?? -1]
  if (known && known.accountId !== author.accountId) return false
  for (const [id, { message }] of owner.recovery?.held ?? []) {
    const person = owner.connections.get(id)?.person
    if (message.sid === author.sid && person && person.accountId !== author.accountId) return false
  }
  return true
}
