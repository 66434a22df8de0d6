import { beginTerm } from './open-owner.ts'
import type { Owner } from './owner.ts'
import { handle } from './receive.ts'

/** Begins the new term, and answers everybody. `term` must differ from all former ones of this document. */
export function endRecovery(
  owner: Owner,
  start: { readonly term: number; readonly at: number; readonly reason: string },
): void {
  const { recovery } = owner
  if (!recovery) return
  owner.recovery = undefined
  const term = Math.max(start.term, owner.term + 1)
  owner.outbox.records.push(beginTerm(owner, { ...start, term }))
  // Nobody is there who would be told these items other than by the answer to its resume.
  owner.outbox.from = owner.head + 1
  for (const [id, { message, at }] of recovery.held) {
    const connection = owner.connections.get(id)
    if (connection) handle(owner, connection, message, at)
  }
}
