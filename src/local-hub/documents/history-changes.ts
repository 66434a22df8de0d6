import type { DocumentPiece } from '../../messages/document-history.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { HISTORY_PAGE_CHARACTERS, HISTORY_PIECES_MAX } from '../../messages/limits.ts'
import type { HistoryItem } from '../../sync/history.ts'
import { changePieces, type ChangePiece } from '../../sync/history-pieces.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { HistoryRequests } from './history-protocol.ts'
import type { HistoryReader } from './history-reader.ts'

/** Of one piece; a longer one is cut off, and says so by its length. */
const PIECE_CHARACTERS_MAX = 16 * 1024

/** What was answered last: its pages are asked for one after the other. */
let last:
  | {
      readonly reader: HistoryReader
      readonly from: number
      readonly to: number
      readonly pieces: readonly ChangePiece[]
    }
  | undefined

/** What was changed after version `from` up to `to`, with authors and times. */
export function readChanges(
  reader: HistoryReader,
  { from, to, after = 0 }: HistoryRequests['changes']['ask'],
): HistoryRequests['changes']['answer'] {
  if (from > to) {
    const message = `version ${from} is after version ${to}`
    throw new CodedError<ErrorCode>('bad_value', message)
  }
  const isSame = last?.reader === reader && last.from === from && last.to === to
  const pieces = isSame && last ? last.pieces : piecesBetween(reader, from, to)
  last = { reader, from, to, pieces }
  const page: DocumentPiece[] = []
  let characters = 0
  for (const piece of pieces.slice(after, after + HISTORY_PIECES_MAX)) {
    const told = toldPiece(piece)
    characters += told.text.length
    if (characters > HISTORY_PAGE_CHARACTERS) break
    page.push(told)
  }
  const next = after + page.length
  return { from, to, pieces: page, next: next < pieces.length ? next : null }
}

function piecesBetween(reader: HistoryReader, from: number, to: number): readonly ChangePiece[] {
  const { v: first, state } = reader.atVersion(from)
  const { v: end } = reader.atVersion(to)
  const items: HistoryItem[] = []
  let v = first
  for (const { segment } of reader.between(first, end)) {
    for (const item of segment.items) {
      if (item.v <= v || item.v > end) continue
      if (item.from !== v) throw gap(v, item.from)
      items.push(item)
      v = item.v
    }
  }
  if (v !== end) throw gap(v, end)
  return changePieces(state, items)
}

function gap(from: number, to: number): CodedError {
  const message = `the changes between versions ${from} and ${to} are missing in the history`
  return new CodedError<ErrorCode>('not_found', message)
}

function toldPiece({ kind, part, offset, line, text, item }: ChangePiece): DocumentPiece {
  const { account: accountId, name } = item.author
  return {
    kind,
    part,
    offset,
    line,
    text: text.slice(0, PIECE_CHARACTERS_MAX),
    length: text.length,
    v: item.v,
    atMs: item.at,
    author: { name, accountId },
  }
}
