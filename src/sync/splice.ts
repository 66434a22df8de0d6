import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import type { PartId } from './change.ts'
import { textEdit } from './edit.ts'
import type { Edit } from './edit.ts'
import { replacements } from './replacements.ts'

/** An edit that is one change of one text, as nearly all typing is: what it takes to map it is numbers. */
export interface Splice {
  readonly part: PartId
  readonly from: number
  readonly deleted: number
  readonly inserted: Text
  /** Of the text before it. */
  readonly length: number
}

/** The edits that were looked at: those of the history are in the bridge of every session. */
const known = new WeakMap<Edit, Splice | null>()

/** Undefined where the edit is more than one change. */
export function spliceOf(edit: Edit): Splice | undefined {
  const found = known.get(edit)
  if (found !== undefined) return found ?? undefined
  const splice = parse(edit)
  known.set(edit, splice ?? null)
  return splice
}

export function editOf({ part, from, deleted, inserted, length }: Splice): Edit {
  const change = { from, to: from + deleted, insert: inserted }
  return textEdit(part, ChangeSet.of(change, length))
}

/**
 * What `transform` makes of two edits that are one change each, where the one stands before the other, or both only
 * insert at one place (the incoming one goes left). Undefined where they touch: then ChangeSet decides.
 */
export function transformSplices(
  incoming: Splice,
  committed: Splice,
): { incoming: Splice; committed: Splice } | undefined {
  if (incoming.part !== committed.part || incoming.length !== committed.length) return undefined
  const isLeft =
    incoming.from + incoming.deleted < committed.from ||
    (incoming.from === committed.from && incoming.deleted === 0 && committed.deleted === 0)
  if (!isLeft && committed.from + committed.deleted >= incoming.from) return undefined
  const byIncoming = incoming.inserted.length - incoming.deleted
  const byCommitted = committed.inserted.length - committed.deleted
  return {
    incoming: moved(incoming, isLeft ? 0 : byCommitted, byCommitted),
    committed: moved(committed, isLeft ? byIncoming : 0, byIncoming),
  }
}

function moved(
  { part, from, deleted, inserted, length }: Splice,
  by: number,
  grown: number,
): Splice {
  return { part, from: from + by, deleted, inserted, length: length + grown }
}

function parse(edit: Edit): Splice | undefined {
  const op = edit[0]
  if (edit.length !== 1 || op?.[0] !== 't') return undefined
  const [, part, changes] = op
  const [only, second] = replacements(changes, true)
  if (only === undefined || second !== undefined) return undefined
  const { from, to, inserted } = only
  return { part, from, deleted: to - from, inserted, length: changes.length }
}
