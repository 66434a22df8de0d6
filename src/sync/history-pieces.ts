import type { Text } from '@codemirror/state'

import { applyEdit } from './apply.ts'
import { Attribution, START } from './attribution.ts'
import type { PartId } from './change.ts'
import { type DocumentState, fieldOf, textOf } from './document-state.ts'
import { cellOf, type PartOp } from './edit.ts'
import { editOf, type HistoryItem } from './history.ts'
import { replacements } from './replacements.ts'

/** A piece of what was changed between two versions, and by which item. */
export interface ChangePiece {
  readonly kind:
    | 'inserted'
    | 'deleted'
    | 'cell_inserted'
    | 'cell_deleted'
    | 'cell_moved'
    | 'field'
    | 'output'
  /** The part, or the cell. */
  readonly part: PartId
  /** Where it stands, or stood, in the later text. */
  readonly offset: number
  readonly line: number
  readonly text: string
  readonly item: HistoryItem
}

/** Pieces of one author that touch, and are no further apart than this, are one. In ms. */
const JOIN_MS = 60_000

interface TrackedText {
  readonly before: Text
  readonly attribution: Attribution
}

/**
 * What items made of a document, in pieces that each say who made them. What was inserted and deleted again on the way
 * is not told. @throws CodedError where the items don't fit the document
 */
export function changePieces(before: DocumentState, items: readonly HistoryItem[]): ChangePiece[] {
  const texts = new Map<PartId, TrackedText>()
  const others = new Map<string, ChangePiece>()
  let state = before
  items.forEach((item, index) => {
    for (const op of editOf(item)) {
      if (op[0] === 't') trackText(texts, { op, state, index })
      else noteOther(others, { op, state, item, texts })
      state = applyEdit(state, [op])
    }
  })
  const pieces = [...others.values()]
  for (const part of [...texts.keys()].toSorted()) {
    const tracked = texts.get(part)
    if (tracked) pieces.push(...textPieces(part, { tracked, after: textOf(state, part), items }))
  }
  return pieces
}

function trackText(
  texts: Map<PartId, TrackedText>,
  at: { op: Extract<PartOp, readonly ['t', ...unknown[]]>; state: DocumentState; index: number },
): void {
  const [, part, changes] = at.op
  const tracked = texts.get(part) ?? begin(textOf(at.state, part))
  texts.set(part, tracked)
  let grown = 0
  for (const { from, to, inserted } of replacements(changes)) {
    tracked.attribution.delete(from + grown, to - from, at.index)
    tracked.attribution.insert(from + grown, inserted.length, at.index)
    grown += inserted.length - (to - from)
  }
}

function begin(before: Text): TrackedText {
  return { before, attribution: new Attribution(before.length, { keepDeleted: true }) }
}

/** Of cells, fields and outputs the last change counts; a cell that was made and deleted on the way is nothing. */
function noteOther(
  others: Map<string, ChangePiece>,
  note: {
    op: Exclude<PartOp, readonly ['t', ...unknown[]]>
    state: DocumentState
    item: HistoryItem
    texts: Map<PartId, TrackedText>
  },
): void {
  const { op, state, item, texts } = note
  const piece = { offset: 0, line: 0, item }
  switch (op[0]) {
    case 'i':
      others.set(`cell ${op[2]}`, { ...piece, kind: 'cell_inserted', part: op[2], text: '' })
      return
    case 'm':
      if (!others.has(`cell ${op[2]}`))
        others.set(`cell ${op[2]}`, { ...piece, kind: 'cell_moved', part: op[2], text: '' })
      return
    case 'd': {
      const isNew = others.get(`cell ${op[2]}`)?.kind === 'cell_inserted'
      const input = `${op[2]}.input`
      const text = (texts.get(input)?.before ?? textOf(state, input)).sliceString(0)
      for (const part of texts.keys()) if (cellOf(part) === op[2]) texts.delete(part)
      for (const [key, { part }] of others) if (cellOf(part) === op[2]) others.delete(key)
      if (isNew) others.delete(`cell ${op[2]}`)
      else others.set(`cell ${op[2]}`, { ...piece, kind: 'cell_deleted', part: op[2], text })
      return
    }
    case 'f': {
      const text = JSON.stringify(op[2])
      if (text !== JSON.stringify(fieldOf(state, op[1])))
        others.set(`field ${op[1]}`, { ...piece, kind: 'field', part: op[1], text })
      return
    }
    case 'a':
    case 'c':
      others.set(`output ${op[1]}`, { ...piece, kind: 'output', part: op[1], text: '' })
      return
    case 'r':
      return
  }
}

function textPieces(
  part: PartId,
  of: { tracked: TrackedText; after: Text; items: readonly HistoryItem[] },
): ChangePiece[] {
  const { tracked, after, items } = of
  const pieces: ChangePiece[] = []
  let offset = 0
  let offsetBefore = 0
  for (const { length, origin, deletedBy } of tracked.attribution.runs()) {
    const item = items[deletedBy ?? origin]
    if (item !== undefined) {
      const text =
        deletedBy === undefined
          ? after.sliceString(offset, offset + length)
          : tracked.before.sliceString(offsetBefore, offsetBefore + length)
      const kind = deletedBy === undefined ? 'inserted' : 'deleted'
      const line = after.lineAt(Math.min(offset, after.length)).number
      joinOrPush(pieces, { kind, part, offset, line, text, item })
    }
    if (deletedBy === undefined) offset += length
    if (origin === START) offsetBefore += length
  }
  return pieces
}

/** What one author typed is one piece, though it is many changes. */
function joinOrPush(pieces: ChangePiece[], piece: ChangePiece): void {
  const last = pieces.at(-1)
  const touches =
    last?.kind === piece.kind &&
    last.item.author.account === piece.item.author.account &&
    last.item.author.name === piece.item.author.name &&
    Math.abs(last.item.at - piece.item.at) <= JOIN_MS &&
    last.offset + (last.kind === 'inserted' ? last.text.length : 0) === piece.offset
  if (!touches || last === undefined) {
    pieces.push(piece)
    return
  }
  const item = last.item.v > piece.item.v ? last.item : piece.item
  pieces[pieces.length - 1] = { ...last, text: last.text + piece.text, item }
}
