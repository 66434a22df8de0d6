import { ChangeSet } from '@codemirror/state'

import { applyEdit } from './apply.ts'
import type { CellId, PartId } from './change.ts'
import type { ViewChange } from './client.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'

/**
 * What the editors must know of an edit, made on this view. The text of a cell that is deleted is taken out of its
 * editor: the cell may be made again, by an undo, before that editor is gone.
 */
export function viewChange(edit: Edit, by: ViewChange['by'], before: DocumentState): ViewChange {
  const touched = new Set<PartId>()
  const texts: ViewChange['texts'][number][] = []
  const deletes = edit.some((op) => op[0] === 'd')
  let state = before
  for (const op of edit) {
    if (op[0] === 't') texts.push({ part: op[1], changes: op[2] })
    else if (op[0] !== 'r') touched.add(op[1])
    if (op[0] === 'd') texts.push(...emptied(op[2], state))
    if (deletes) state = applyEdit(state, [op])
  }
  return { by, texts, touched: [...touched] }
}

function emptied(cell: CellId, state: DocumentState): ViewChange['texts'] {
  return [...state.texts.under(cell)].map(([part, { length }]) => ({
    part,
    changes: ChangeSet.of({ from: 0, to: length }, length),
  }))
}
