import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import { applyEdit } from './apply.ts'
import type { CellId, PartId } from './change.ts'
import { stringOf, textOf, toText } from './document-state.ts'
import type { DocumentState } from './document-state.ts'
import { cellOf, toChange, toEdit } from './edit.ts'
import type { Edit, PartOp, TextOp } from './edit.ts'
import type { PatchEdit, PatchHunk, PatchStep } from './messages.ts'
import { CONTEXT } from './patch-place.ts'
import type { Place } from './patch-place.ts'
import { newSearch, SearchedText } from './patch-search.ts'
import type { Search } from './patch-search.ts'
import { replacements } from './replacements.ts'

/**
 * Edits whose base is in no history: the texts as hunks with what stood around them, the rest as it was, because it
 * speaks of cells and fields by their ids. Each hunk's place is checked; what finds none is rescued (I7).
 */

/** An edit that can be understood without the document that it was made on, which is `before`. */
export function toPatch(edit: Edit, before: DocumentState): PatchEdit {
  const steps: PatchStep[] = []
  let state = before
  for (const op of edit) {
    if (op[0] === 't') steps.push({ part: op[1], hunks: hunksOf(op, textOf(state, op[1])) })
    else {
      if (op[0] === 'd') steps.push(...emptying(op[2], state))
      steps.push(...toChange([op]).map((change) => ({ op: change })))
    }
    state = applyEdit(state, [op])
  }
  return steps
}

export interface PlaceOptions {
  readonly blind: boolean
  /** Of all edits of one message. */
  readonly search?: Search
}

/** The edit that does on this document what a patch says, with what finds no place as rescued pieces in it. */
export function placePatch(
  state: DocumentState,
  patch: PatchEdit,
  { blind, search = newSearch() }: PlaceOptions,
): { readonly edit: Edit; readonly unplaced: number } {
  const edit: PartOp[] = []
  let unplaced = 0
  let now = state
  for (const step of patch) {
    const ops =
      'op' in step ? placeOps(now, toEdit([step.op])) : placeText(now, step, { blind, search })
    unplaced += ops.filter((op) => op[0] === 'r').length
    edit.push(...ops)
    now = applyEdit(now, ops)
  }
  return { edit, unplaced }
}

/** All text that a patch would insert, as rescued pieces: where none of it can be applied. */
export function rescuePatch(patch: PatchEdit): Edit {
  return patch.flatMap((step): PartOp[] => {
    if ('op' in step) return step.op[0] === 'r' ? [step.op] : []
    return rescued(step.part, insertedBy(step.hunks))
  })
}

/** Deletes the text that a cell has, as it was known: what is more there when its cell is to be deleted is somebody else's. */
function emptying(cell: CellId, state: DocumentState): PatchStep[] {
  return [...state.texts.under(cell)].map(([part]) => ({
    part,
    hunks: [{ at: 0, before: '', deleted: stringOf(state, part), inserted: '', after: '' }],
  }))
}

/** A cell that has other text than its deleter knew stays. */
function placeOps(state: DocumentState, edit: Edit): Edit {
  const isKept = (cell: CellId): boolean => state.texts.under(cell).next().done !== true
  return fitted(
    state,
    edit.filter((op) => op[0] !== 'd' || !isKept(op[2])),
  )
}

/** In a text of any length at the cost of the change (I10): a page keeps one of each change. */
function hunksOf(op: TextOp, text: Text): PatchHunk[] {
  return replacements(op[2]).map(({ from, to, inserted }) => ({
    at: from,
    before: text.sliceString(Math.max(0, from - CONTEXT), from),
    deleted: text.sliceString(from, to),
    inserted: inserted.sliceString(0),
    after: text.sliceString(to, Math.min(text.length, to + CONTEXT)),
  }))
}

/**
 * What still makes sense of an edit on a document where cells may be unknown that it speaks of: a new cell comes to the
 * end, one that is moved stays where it is, and text of a cell that is gone is rescued.
 */
export function fitted(state: DocumentState, edit: Edit): Edit {
  const ops: PartOp[] = []
  let now = state
  for (const op of edit) {
    const fits = fittedOp(now, op)
    ops.push(...fits)
    now = applyEdit(now, fits)
  }
  return ops
}

function fittedOp(state: DocumentState, op: PartOp): Edit {
  if (op[0] === 't') {
    const cell = cellOf(op[1])
    if (cell === undefined || state.cells.get(cell) !== undefined) return [op]
    const texts = replacements(op[2]).map(({ inserted }) => inserted.sliceString(0))
    return rescued(op[1], texts)
  }
  if (op[0] !== 'i' && op[0] !== 'm') return [op]
  // One that is made again may have its own place still, which is nothing to stand after.
  const entries = (state.lists.get(op[1]) ?? []).filter(({ cell }) => cell !== op[2])
  if (op[3] === '' || entries.some((entry) => entry.cell === op[3])) return [op]
  return op[0] === 'm' ? [] : [['i', op[1], op[2], entries.at(-1)?.cell ?? '']]
}

function placeText(
  state: DocumentState,
  { part, hunks }: Extract<PatchStep, { part: PartId }>,
  { blind, search }: Required<PlaceOptions>,
): Edit {
  const cell = cellOf(part)
  if (cell !== undefined && state.cells.get(cell) === undefined)
    return rescued(part, insertedBy(hunks))
  const text = textOf(state, part)
  const searched = new SearchedText(text, part, search)
  const taken = new TakenPlaces()
  const failed: PatchHunk[] = []
  const specs: { from: number; to: number; insert: Text }[] = []
  for (const hunk of hunks) {
    if (blind && searched.has(hunk)) continue
    const place = searched.placeOf(hunk)
    if (!place || !taken.take(place)) failed.push(hunk)
    else specs.push({ ...place, insert: toText(hunk.inserted) })
  }
  const changes = ChangeSet.of(specs, text.length)
  const ops: PartOp[] = changes.empty ? [] : [['t', part, changes]]
  return [...ops, ...rescued(part, insertedBy(failed))]
}

/** Places that don't overlap; nearly always each is behind the one before. */
class TakenPlaces {
  readonly #places: Place[] = []
  #end = 0

  take(place: Place): boolean {
    const isBehind = place.from >= this.#end
    if (!isBehind && this.#places.some(({ from, to }) => place.from < to && place.to > from))
      return false
    this.#places.push(place)
    this.#end = Math.max(this.#end, place.to)
    return true
  }
}

function insertedBy(hunks: readonly PatchHunk[]): readonly string[] {
  return hunks.map((hunk) => hunk.inserted)
}

/** One piece; what was only deleted is nothing to keep. */
function rescued(part: PartId, texts: readonly string[]): PartOp[] {
  const pieces = texts.filter((text) => text !== '')
  return pieces.length === 0 ? [] : [['r', part, pieces.join('\n')]]
}
