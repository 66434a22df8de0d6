import type { ChangeSet, Text } from '@codemirror/state'

import { CodedError } from '../util/coded-error.ts'
import type { CellId, Json, PartId } from './change.ts'
import { isWellFormed } from './check-values.ts'
import { EMPTY_STATE, EMPTY_STREAM, textOf } from './document-state.ts'
import type { DocumentState, ListEntry } from './document-state.ts'
import { cellOf } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import { LIST_CELLS_MAX, TEXT_LENGTH_MAX } from './limits.ts'
import type { PersistentMap } from './persistent-map.ts'
import { replacements } from './replacements.ts'
import { withMessages } from './stream-log.ts'

/**
 * The document after an edit, all of it or a refusal: the state that was given stays as it is.
 * Fields and streams of a cell that is gone are dropped silently, as are appends of an older run: their authors
 * (a kernel, a button) can't know. So are a second insert or delete of one cell, and a move of a deleted one.
 * @throws CodedError `bad_value` where the edit does not fit the document, `too_large` over a limit
 */
export function applyEdit(state: DocumentState, edit: Edit): DocumentState {
  let next = state
  for (const op of edit) next = applyOp(next, op)
  return next
}

/**
 * The same for an edit from outside: also refuses halves of surrogate pairs (S17). O(change).
 * @throws CodedError `bad_value`, `too_large`
 */
export function applyForeignEdit(state: DocumentState, edit: Edit): DocumentState {
  let next = state
  for (const op of edit) {
    if (op[0] === 't') checkSurrogates(textOf(next, op[1]), op[2], op[1])
    next = applyOp(next, op)
  }
  return next
}

function applyOp(state: DocumentState, op: PartOp): DocumentState {
  switch (op[0]) {
    case 't':
      return applyText(state, op[1], op[2])
    case 'f':
      return isGone(state, op[1]) ? state : setField(state, op[1], op[2])
    case 'i':
      return insertCell(state, op[1], op[2], op[3])
    case 'm':
      return moveCell(state, op[1], op[2], op[3])
    case 'd':
      return deleteCell(state, op[1], op[2])
    case 'a':
      return isGone(state, op[1]) ? state : append(state, op)
    case 'c':
      return isGone(state, op[1]) ? state : beginStream(state, op[1], op[2])
    case 'r':
      return state
  }
}

function applyText(state: DocumentState, part: PartId, changes: ChangeSet): DocumentState {
  const text = textOf(state, part)
  if (isGone(state, part)) throw misfit(`part "${part}" belongs to no cell`)
  if (changes.length !== text.length)
    throw misfit(`part "${part}" has ${text.length} characters, its change ${changes.length}`)
  if (changes.newLength > TEXT_LENGTH_MAX)
    throw new CodedError('too_large', `part "${part}" would have ${changes.newLength} characters`)
  const changed = changes.apply(text)
  const texts = changed.length === 0 ? state.texts.delete(part) : state.texts.set(part, changed)
  // Named one by one: this is each keystroke, and spreading takes several times as long.
  const { fields, lists, cells, streams } = state
  return { texts, fields, lists, cells, streams }
}

function setField(state: DocumentState, part: PartId, value: Json): DocumentState {
  const fields = value === null ? state.fields.delete(part) : state.fields.set(part, value)
  return { ...state, fields }
}

function insertCell(
  state: DocumentState,
  list: PartId,
  cell: CellId,
  after: CellId,
): DocumentState {
  if (state.cells.get(cell) !== undefined) return state
  const entries = placeAfter(state.lists.get(list) ?? [], { cell, deleted: false }, after)
  return {
    ...state,
    lists: state.lists.set(list, entries),
    cells: state.cells.set(cell, list),
  }
}

function moveCell(state: DocumentState, list: PartId, cell: CellId, after: CellId): DocumentState {
  if (state.cells.get(cell) !== list || cell === after) return state
  const entries = placeAfter(state.lists.get(list) ?? [], { cell, deleted: false }, after)
  return { ...state, lists: state.lists.set(list, entries) }
}

/** Concurrent inserts at one place: the later one committed stands first, as in texts. */
function placeAfter(
  entries: readonly ListEntry[],
  entry: ListEntry,
  after: CellId,
): readonly ListEntry[] {
  const others = entries.filter((other) => other.cell !== entry.cell)
  const index = after === '' ? 0 : others.findIndex((other) => other.cell === after) + 1
  if (after !== '' && index === 0) throw misfit(`no cell "${after}" to stand after`)
  if (others.length >= LIST_CELLS_MAX)
    throw new CodedError('too_large', `a list of over ${LIST_CELLS_MAX} cells`)
  return others.toSpliced(index, 0, entry)
}

function deleteCell(state: DocumentState, list: PartId, cell: CellId): DocumentState {
  if (state.cells.get(cell) !== list) return state
  const entries = state.lists.get(list) ?? []
  const tombstone = { cell, deleted: true }
  return {
    texts: withoutCell(state.texts, cell),
    fields: withoutCell(state.fields, cell),
    streams: withoutCell(state.streams, cell),
    lists: state.lists.set(
      list,
      entries.map((entry) => (entry.cell === cell ? tombstone : entry)),
    ),
    cells: state.cells.delete(cell),
  }
}

function withoutCell<V>(parts: PersistentMap<V>, cell: CellId): PersistentMap<V> {
  let rest = parts
  for (const [part] of parts.under(cell)) rest = rest.delete(part)
  return rest
}

function beginStream(state: DocumentState, part: PartId, run: string): DocumentState {
  return { ...state, streams: state.streams.set(part, { ...EMPTY_STREAM, run }) }
}

function append(state: DocumentState, op: Extract<PartOp, readonly ['a', ...unknown[]]>) {
  const [, part, run, sequence, messages] = op
  const stream = state.streams.get(part) ?? EMPTY_STREAM
  const fresh = messages.slice(Math.max(0, stream.next - sequence))
  if (stream.run !== run || fresh.length === 0) return state
  return {
    ...state,
    streams: state.streams.set(part, withMessages(stream, sequence + messages.length, fresh)),
  }
}

function isGone(state: DocumentState, part: PartId): boolean {
  const cell = cellOf(part)
  return cell !== undefined && state.cells.get(cell) === undefined
}

/** Every changed range begins and ends between characters, and what is inserted has a UTF-8 form. */
function checkSurrogates(text: Text, changes: ChangeSet, part: PartId): void {
  if (changes.length !== text.length) return
  for (const { from, to, inserted } of replacements(changes, true)) {
    if (splitsPair(text, from) || (to !== from && splitsPair(text, to)))
      throw misfit(`a change of "${part}" at ${from} to ${to} splits a surrogate pair`)
    if (!isWellFormed(inserted.sliceString(0)))
      throw misfit(`a change of "${part}" at ${from} inserts half of a surrogate pair`)
  }
}

function splitsPair(text: Text, offset: number): boolean {
  if (offset === 0 || offset === text.length) return false
  const around = text.sliceString(offset - 1, offset + 1)
  const first = around.charCodeAt(0)
  const second = around.charCodeAt(1)
  return first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000
}

function misfit(message: string): CodedError {
  return new CodedError('bad_value', message)
}

/** The document that an edit makes out of nothing: how codecs build one. */
export function buildState(edit: Edit): DocumentState {
  return applyEdit(EMPTY_STATE, edit)
}
