import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import type { CellId, Change, PartChange, TextSections } from '../../../sync/change.ts'

/** The list of a worksheet's cells. */
export const CELLS = 'cells'

export const inputPart = (cell: CellId): string => `${cell}.input`
export const outputPart = (cell: CellId): string => `${cell}.output`
export const runPart = (cell: CellId): string => `${cell}.run`
export const hideInputPart = (cell: CellId): string => `${cell}.hideInput`
export const hideOutputPart = (cell: CellId): string => `${cell}.hideOutput`

/** A name for a new cell: 72 random bits. */
export function newCellId(): CellId {
  const bytes = crypto.getRandomValues(new Uint8Array(9))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** The change that inserts a cell behind another ('' is the start), with a text. */
export function insertCell(cell: CellId, after: CellId, text = ''): Change {
  const insert: PartChange = ['i', CELLS, cell, after]
  return text
    ? [insert, textChange(inputPart(cell), ChangeSet.of({ from: 0, insert: text }, 0, '\n'))]
    : [insert]
}

/** The change that moves what stands behind `offset` into a new cell below. */
export function splitCell(cell: CellId, added: CellId, input: Text, offset: number): Change {
  const before = input.sliceString(0, offset)
  const tail = input.sliceString(offset).replace(/^\n/, '')
  const from = before.endsWith('\n') ? offset - 1 : offset
  const cut = ChangeSet.of({ from, to: input.length }, input.length, '\n')
  return [
    ...insertCell(added, cell, tail),
    ...(cut.empty ? [] : [textChange(inputPart(cell), cut)]),
  ]
}

/** The change that moves a cell one place up or down, or undefined at the end. */
export function moveCell(order: readonly CellId[], cell: CellId, by: -1 | 1): Change | undefined {
  const at = order.indexOf(cell)
  const to = at + by
  if (at === -1 || to < 0 || to >= order.length) return undefined
  const after = by === 1 ? order[to] : (order[to - 1] ?? '')
  return after === undefined ? undefined : [['m', CELLS, cell, after]]
}

/** A change of a text part as it goes into a document. */
export function textChange(part: string, changes: ChangeSet): PartChange {
  // ChangeSet.toJSON is typed `any`; its form is that of TextSections by CodeMirror's contract.
  const sections: TextSections = changes.toJSON()
  return ['t', part, sections]
}
