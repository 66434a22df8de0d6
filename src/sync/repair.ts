import { codeOf } from '../util/coded-error.ts'
import { append, recordGivenUp } from './commit.ts'
import { stringOf } from './document-state.ts'
import { DIVERGED_LENGTH_MAX } from './limits.ts'
import type { ClientMessage, PatchEdit } from './messages.ts'
import { reply } from './outbox.ts'
import type { Connection, Owner, Session } from './owner.ts'
import { newSearch } from './patch-search.ts'
import { placePatch, rescuePatch } from './patch.ts'
import type { PlaceOptions } from './patch.ts'
import { attach, beginAtHead, giveUp, refuse } from './session.ts'

/**
 * Commits what a client had to add on a version that no history has, each edit as one of its author; what finds no place
 * is in it as rescued pieces. Edits are known by their numbers, so that a patch that is sent twice is taken once, also by
 * the next owner. Answered as a join.
 */
// oxlint-disable-next-line max-params -- who, what and when
export function applyPatch(
  owner: Owner,
  connection: Connection,
  message: Extract<ClientMessage, { kind: 'patch' }>,
  at: number,
): void {
  const session = attach(owner, connection, message)
  if (!session) return
  const { author } = session
  giveUp(owner, message.sid, message.gen)
  recordGivenUp(owner, author, message.gen)
  if (!connection.person.canEdit && message.edits.length > 0) {
    session.n = message.n
    return refuse(owner, connection, session, {
      code: 'read_only',
      message: 'it is read-only here',
    })
  }
  let changes = 0
  let unplaced = 0
  const search = newSearch()
  message.edits.forEach((patch, index) => {
    const before = message.n + index
    if (before < (owner.counts[author] ?? 0)) return
    owner.counts[author] = before
    unplaced += commitPatch(owner, patch, { by: author, at, blind: message.blind, search })
    changes++
  })
  reply(owner, connection, { kind: 'patch_result', gen: message.gen, changes, unplaced })
  beginAtHead(owner, connection, session)
}

/** A client has found, and healed, that its document differed: for the shell to log and to count. */
export function tellDivergence(
  owner: Owner,
  session: Session,
  { v, texts }: Extract<ClientMessage, { kind: 'diverged' }>,
): void {
  const by = owner.authors[session.author]
  if (!by) return
  owner.outbox.divergences.push({
    by,
    v,
    texts: texts.map(({ part, text }) => ({
      part,
      theirs: text.slice(0, DIVERGED_LENGTH_MAX),
      ours: stringOf(owner.state, part).slice(0, DIVERGED_LENGTH_MAX),
    })),
  })
}

/** Returns how many pieces found no place. */
function commitPatch(
  owner: Owner,
  patch: PatchEdit,
  { by, at, ...options }: { readonly by: number; readonly at: number } & PlaceOptions,
): number {
  try {
    const { edit, unplaced } = placePatch(owner.state, patch, options)
    append(owner, { by, edit, at })
    return unplaced
  } catch (error) {
    if (codeOf(error) === undefined && !(error instanceof RangeError)) throw error
    const edit = rescuePatch(patch)
    append(owner, { by, edit, at })
    return edit.length
  }
}
