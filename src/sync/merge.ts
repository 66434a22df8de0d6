import { compose } from './algebra.ts'
import { EMPTY_EDIT } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'

/**
 * One edit that does what many do, one after another. For who has nothing on the way that would have to be mapped over
 * each of them by itself (I5). Neighbours are joined first, so that n edits take O(n log n).
 */
export function mergeAll(edits: readonly Edit[]): Edit {
  let level = edits
  while (level.length > 1) {
    const next: Edit[] = []
    for (let index = 0; index < level.length; index += 2)
      next.push(compose(level[index] ?? EMPTY_EDIT, level[index + 1] ?? EMPTY_EDIT))
    level = next
  }
  return withoutOverwritten(level[0] ?? EMPTY_EDIT)
}

/** Of the values of a field the last counts, and of a stream what came since it began, where its cell was there all the time. */
function withoutOverwritten(edit: Edit): Edit {
  if (edit.some((op) => op[0] === 'i' || op[0] === 'd')) return edit
  const set = new Set<string>()
  const begun = new Set<string>()
  const kept: PartOp[] = []
  for (const op of edit.toReversed()) {
    if (op[0] === 'f') {
      if (set.has(op[1])) continue
      set.add(op[1])
    } else if (op[0] === 'a' || op[0] === 'c') {
      if (begun.has(op[1])) continue
      if (op[0] === 'c') begun.add(op[1])
    }
    kept.push(op)
  }
  return kept.toReversed()
}
