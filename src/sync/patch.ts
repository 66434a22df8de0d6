import { ChangeSet } from '@codemirror/state'

import { stringOf, toText } from './document-state.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'
import type { PatchHunk } from './messages.ts'
import { replacements } from './replacements.ts'

/** Characters of context on each side. */
const CONTEXT = 32

/** Characters of context that are the least to go by, where not all of it is found. */
const CONTEXT_MIN = 8

/** An edit as hunks with the text around them, for where its base is gone. `before` is the document that it changes. */
export function toHunks(edit: Edit, before: DocumentState): readonly PatchHunk[] {
  return edit.flatMap((op) => {
    if (op[0] !== 't') return []
    const part = op[1]
    const text = stringOf(before, part)
    return replacements(op[2]).map(({ from, to, inserted }) => ({
      part,
      at: from,
      before: text.slice(Math.max(0, from - CONTEXT), from),
      deleted: text.slice(from, to),
      inserted: inserted.sliceString(0),
      after: text.slice(to, to + CONTEXT),
    }))
  })
}

/**
 * The hunks that have their place in a text, as one change of it, and the indexes of the others (I7). A place is where all
 * of the context is, or enough of it on one side together with what is to be deleted; the nearest one counts.
 */
export function placeHunks(
  text: string,
  hunks: readonly PatchHunk[],
): { readonly changes: ChangeSet; readonly failed: readonly number[] } {
  const failed: number[] = []
  const specs: { from: number; to: number; insert: ReturnType<typeof toText> }[] = []
  hunks.forEach((hunk, index) => {
    const from = placeOf(text, hunk)
    const to = (from ?? 0) + hunk.deleted.length
    const overlaps = specs.some((spec) => (from ?? 0) < spec.to && to > spec.from)
    if (from === undefined || overlaps) failed.push(index)
    else specs.push({ from, to, insert: toText(hunk.inserted) })
  })
  return { changes: ChangeSet.of(specs, text.length), failed }
}

function placeOf(text: string, { before, deleted, after, at }: PatchHunk): number | undefined {
  if (before + deleted + after === '') return text === '' ? 0 : undefined
  const whole = nearest(text, before + deleted + after, at - before.length)
  if (whole !== undefined) return whole + before.length
  const left = before.slice(-CONTEXT_MIN)
  if (left.length === CONTEXT_MIN) {
    const found = nearest(text, left + deleted, at - left.length)
    if (found !== undefined) return found + left.length
  }
  const right = after.slice(0, CONTEXT_MIN)
  return right.length === CONTEXT_MIN ? nearest(text, deleted + right, at) : undefined
}

function nearest(text: string, wanted: string, at: number): number | undefined {
  const behind = text.indexOf(wanted, Math.max(0, at))
  const ahead = at < 0 ? -1 : text.lastIndexOf(wanted, at)
  if (behind === -1) return ahead === -1 ? undefined : ahead
  return ahead === -1 || behind - at < at - ahead ? behind : ahead
}
