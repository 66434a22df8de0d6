import { compose, transform } from './algebra.ts'
import type { CellId } from './change.ts'
import { cellOf } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import { UNDO_DEPTH_MAX } from './limits.ts'

/**
 * How one person's changes are taken back. An entry takes back one change from the state right after it; `after` is what
 * others did since, until the entry above begins: it is mapped over only when the entry is used.
 */
export interface UndoEntry {
  inverse: Edit
  after: Edit[]
}

export interface UndoStacks {
  undo: UndoEntry[]
  redo: UndoEntry[]
}

export function emptyUndo(): UndoStacks {
  return { undo: [], redo: [] }
}

/** A change by this person, to be taken back together with the one before when `join`, else by itself. */
export function recordLocal(stacks: UndoStacks, inverse: Edit, grouping: 'new' | 'join'): void {
  stacks.redo = []
  const top = stacks.undo.at(-1)
  if (grouping === 'join' && top && top.after.length === 0)
    top.inverse = compose(inverse, top.inverse)
  else stacks.undo.push({ inverse, after: [] })
  if (stacks.undo.length > UNDO_DEPTH_MAX) stacks.undo.shift()
}

/** A change that undo leaves alone: by others, or by this person but not recorded. */
export function recordForeign(stacks: UndoStacks, edit: Edit): void {
  if (edit.length === 0) return
  stacks.undo.at(-1)?.after.push(edit)
  stacks.redo.at(-1)?.after.push(edit)
}

/** The change that takes back the newest entry, on the state as it is now; undefined where there is none. */
export function takeEntry(entries: UndoEntry[]): Edit | undefined {
  const entry = entries.pop()
  if (!entry) return undefined
  let inverse = entry.inverse
  const carried: Edit[] = []
  for (const edit of entry.after) {
    const pair = transform(withoutOverwritten(inverse, edit), edit)
    inverse = pair.incoming.filter((op) => op[0] !== 'r')
    carried.push(pair.committed)
  }
  entries.at(-1)?.after.push(...carried.filter((edit) => edit.length > 0))
  return inverse
}

/**
 * Taking back never undoes what somebody else did later to the same field or cell: neither is a cell deleted that
 * somebody typed in, nor one made again, with its text, that somebody made or deleted meanwhile.
 */
function withoutOverwritten(inverse: Edit, later: Edit): Edit {
  const touched = new Set(later.map(slotOf))
  const typedIn = new Set(later.map((op) => (op[0] === 't' ? cellOf(op[1]) : undefined)))
  const dropped = inverse.filter(
    (op) => (op[0] !== 't' && touched.has(slotOf(op))) || (op[0] === 'd' && typedIn.has(op[2])),
  )
  if (dropped.length === 0) return inverse
  const notMade = new Set(dropped.flatMap((op) => (op[0] === 'i' ? [op[2]] : [])))
  return inverse.filter((op) => {
    const cell = cellOfOp(op)
    return !dropped.includes(op) && (cell === undefined || !notMade.has(cell))
  })
}

/** The cell that an op is about; undefined for parts of the document itself. */
function cellOfOp(op: PartOp): CellId | undefined {
  return op[0] === 'i' || op[0] === 'm' || op[0] === 'd' ? op[2] : cellOf(op[1])
}

function slotOf(op: PartOp): string {
  const isOrder = op[0] === 'i' || op[0] === 'm' || op[0] === 'd'
  return isOrder ? `order ${op[2]}` : `${op[0]} ${op[1]}`
}
