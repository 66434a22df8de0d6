import { ChangeSet } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import type { CellId, PartId } from './change.ts'
import { fieldOf, textOf } from './document-state.ts'
import type { DocumentState } from './document-state.ts'
import { applyEdit } from './apply.ts'
import { cellOf } from './edit.ts'
import type { Edit, PartOp, TextOp } from './edit.ts'
import { replacements } from './replacements.ts'

/**
 * Both edits begin at one state. Returns the incoming one as it is after the committed, and the committed one as it
 * is after the incoming; either order ends at the same state (TP1). @throws CodedError `bad_value` where they don't
 * begin at one state.
 *
 * - texts: two inserts at one place: the incoming one goes left (I6)
 * - a text change whose cell the committed edit deletes becomes a rescued piece; a delete of a cell whose text the
 *   committed edit changed keeps what was inserted as a rescued piece
 * - everything else says what it means by ids, and is the same after anything
 */
export function transform(incoming: Edit, committed: Edit): { incoming: Edit; committed: Edit } {
  if (incoming.length === 0 || committed.length === 0 || areDisjoint(incoming, committed))
    return { incoming, committed }
  if (incoming.length === 1 && committed.length === 1) return transformList(incoming, committed)
  const slots: Edit[] = committed.map((op) => [op])
  const indexes = indexesBySubject(committed)
  const mapped: Edit[] = []
  for (const op of incoming) {
    let ops: Edit = [op]
    for (const index of indexes.get(subjectOf(op)) ?? []) {
      const pair = transformList(ops, slots[index] ?? [])
      ops = pair.incoming
      slots[index] = pair.committed
    }
    mapped.push(ops)
  }
  return { incoming: mapped.flat(), committed: slots.flat() }
}

/** Only ops of one subject concern each other: edits of thousands of cells are mapped in the time that they have ops. */
function indexesBySubject(edit: Edit): ReadonlyMap<string, readonly number[]> {
  const indexes = new Map<string, number[]>()
  for (const [index, op] of edit.entries()) {
    const subject = subjectOf(op)
    const known = indexes.get(subject)
    if (known) known.push(index)
    else indexes.set(subject, [index])
  }
  return indexes
}

/** One edit that does what a and then b do. Neighbouring changes of one text become one. */
export function compose(a: Edit, b: Edit): Edit {
  if (a.length === 0) return b
  const composed = [...a]
  for (const op of b) {
    const index = op[0] === 't' ? lastTextOf(composed, op[1]) : -1
    const earlier = composed[index]
    if (op[0] === 't' && earlier?.[0] === 't')
      composed[index] = ['t', op[1], earlier[2].compose(op[2])]
    else composed.push(op)
  }
  return composed.filter((op) => op[0] !== 't' || !op[2].empty)
}

/** What takes an edit back, given the state before it. Streams are not taken back, except those of a deleted cell. */
export function invert(edit: Edit, before: DocumentState): Edit {
  const inverted: PartOp[][] = []
  let state = before
  for (const op of edit) {
    inverted.unshift(invertOp(op, state))
    state = applyEdit(state, [op])
  }
  return inverted.flat()
}

/** A list of ops over another that begins where it begins. */
function transformList(ops: Edit, others: Edit): { incoming: Edit; committed: Edit } {
  let incoming = ops
  const committed: PartOp[] = []
  for (const other of others) {
    let rest: Edit = [other]
    const next: PartOp[] = []
    for (const op of incoming) {
      const pair = transformAll(op, rest)
      next.push(...pair.incoming)
      rest = pair.committed
    }
    incoming = next
    committed.push(...rest)
  }
  return { incoming, committed }
}

/** One op over at most one. */
function transformAll(op: PartOp, others: Edit): { incoming: Edit; committed: Edit } {
  const other = others[0]
  if (other === undefined) return { incoming: [op], committed: [] }
  if (op[0] === 't' && other[0] === 't' && op[1] === other[1]) {
    if (op[2].length !== other[2].length)
      throw new CodedError('bad_value', `two changes of "${op[1]}" begin at different texts`)
    return {
      incoming: textOp(op[1], op[2].map(other[2], true)),
      committed: textOp(op[1], other[2].map(op[2])),
    }
  }
  if (op[0] === 't' && other[0] === 'd' && cellOf(op[1]) === other[2])
    return { incoming: rescued(op), committed: others }
  if (op[0] === 'd' && other[0] === 't' && cellOf(other[1]) === op[2])
    return { incoming: [op, ...rescued(other)], committed: [] }
  // Made anew after the delete (an undo of it): what the cell gets next is not deleted.
  if (op[0] === 'i' && other[0] === 'd' && op[2] === other[2])
    return { incoming: [op], committed: [] }
  return { incoming: [op], committed: others }
}

function textOp(part: PartId, changes: ChangeSet): Edit {
  return changes.empty ? [] : [['t', part, changes]]
}

function rescued(op: TextOp): Edit {
  const pieces = replacements(op[2], true)
    .filter(({ inserted }) => inserted.length > 0)
    .map(({ inserted }) => inserted.sliceString(0))
  return pieces.length === 0 ? [] : [['r', op[1], pieces.join('\n')]]
}

/** True where no op of one can concern an op of the other. Most pairs: people work in different cells. */
function areDisjoint(a: Edit, b: Edit): boolean {
  if (a.length === 1 && b.length === 1) return subjectOf(a[0]) !== subjectOf(b[0])
  const subjects = new Set(a.map(subjectOf))
  return !b.some((op) => subjects.has(subjectOf(op)))
}

/** The cell that an op concerns, or its part. A cell and a part of the document can't be confused: 'c.' and 'p'. */
function subjectOf(op: PartOp | undefined): string {
  if (op === undefined) return ''
  if (op[0] === 'i' || op[0] === 'm' || op[0] === 'd') return `${op[2]}.`
  const cell = cellOf(op[1])
  return cell === undefined ? op[1] : `${cell}.`
}

/** Where the text op is that a further change of this part can join: nothing after it makes or deletes its cell. */
function lastTextOf(ops: readonly PartOp[], part: PartId): number {
  const cell = cellOf(part)
  return ops.findLastIndex(
    (op) =>
      (op[0] === 't' && op[1] === part) ||
      (cell !== undefined && (op[0] === 'i' || op[0] === 'd') && op[2] === cell),
  )
}

function invertOp(op: PartOp, before: DocumentState): PartOp[] {
  switch (op[0]) {
    case 't':
      return [['t', op[1], op[2].invert(textOf(before, op[1]))]]
    case 'f':
      return [['f', op[1], fieldOf(before, op[1])]]
    case 'i':
      return before.cells.get(op[2]) === undefined ? [['d', op[1], op[2]]] : []
    case 'm':
      return [['m', op[1], op[2], predecessor(before, op[1], op[2])]]
    case 'd':
      return before.cells.get(op[2]) === op[1] ? restoreCell(before, op[1], op[2]) : []
    case 'a':
    case 'c':
    case 'r':
      return []
  }
}

function predecessor(state: DocumentState, list: PartId, cell: CellId): CellId {
  const entries = state.lists.get(list) ?? []
  return entries[entries.findIndex((entry) => entry.cell === cell) - 1]?.cell ?? ''
}

function sorted<V>(entries: Iterable<[PartId, V]>): [PartId, V][] {
  return [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** Inserts a cell with all its parts where it is in this state. */
function restoreCell(state: DocumentState, list: PartId, cell: CellId): PartOp[] {
  const ops: PartOp[] = [['i', list, cell, predecessor(state, list, cell)]]
  for (const [part, text] of sorted(state.texts.under(cell)))
    ops.push(['t', part, ChangeSet.of({ from: 0, insert: text }, 0)])
  for (const [part, value] of sorted(state.fields.under(cell))) ops.push(['f', part, value])
  for (const [part, stream] of sorted(state.streams.under(cell))) {
    ops.push(['c', part, stream.run])
    if (stream.messages.length > 0)
      ops.push(['a', part, stream.run, stream.next - stream.messages.length, stream.messages])
  }
  return ops
}
