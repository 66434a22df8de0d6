import { applyEdit } from '../sync/apply.ts'
import type { CellId } from '../sync/change.ts'
import {
  cellsOf,
  EMPTY_STATE,
  fieldOf,
  streamOf,
  stringOf,
  toText,
} from '../sync/document-state.ts'
import type { DocumentState } from '../sync/document-state.ts'
import type { PartOp } from '../sync/edit.ts'
import { STREAM_MESSAGES_MAX } from '../sync/limits.ts'
import { cellIdOf, uuidOf } from './cell-id.ts'
import type { DocumentCodec } from './codec.ts'
import { readSagews } from './sagews-read.ts'
import type { WorksheetFile } from './sagews-read.ts'
import { streamUuid, writeSagews } from './sagews-write.ts'
import { decodeCharacters } from './text-bytes.ts'
import { CELL_FLAGS, cellPart, CELLS_PART } from './worksheet-cell.ts'
import type { CellOutput, WorksheetCell } from './worksheet-cell.ts'

/** A `.sagews` worksheet as a document: the list `cells`, and the parts of each (CELL_PARTS). */
export const worksheetCodec: DocumentCodec<WorksheetFile> = {
  kind: 'worksheet',
  decode(bytes, known) {
    const { cells, file, remarks } = readSagews(decodeCharacters(bytes), knownIds(known))
    return { state: stateOfCells(cells, known), file, remarks }
  },
  encode(state, file) {
    const written = writeSagews(worksheetCells(state), file)
    return {
      bytes: new TextEncoder().encode(written.text),
      file: written.file,
      repaired: written.repaired,
    }
  },
}

/** The cells of a worksheet in their order. */
export function worksheetCells(state: DocumentState): WorksheetCell[] {
  return cellsOf(state, CELLS_PART).map((id) => {
    const { run, messages } = streamOf(state, cellPart(id, 'output'))
    const has = (flag: (typeof CELL_FLAGS)[number]): boolean =>
      fieldOf(state, cellPart(id, flag)) === true
    return {
      id,
      flags: { hideInput: has('hideInput'), hideOutput: has('hideOutput'), auto: has('auto') },
      input: stringOf(state, cellPart(id, 'input')),
      output: { stream: run, messages },
    }
  })
}

/** Cells that were made in a page have ids of their own, which their uuid in the file doesn't tell. */
function knownIds(known: DocumentState | undefined): (uuid: string) => CellId {
  const ids = new Map<string, CellId>()
  for (const id of known ? cellsOf(known, CELLS_PART) : []) ids.set(uuidOf(id), id)
  return (uuid) => ids.get(uuid) ?? cellIdOf(uuid)
}

function stateOfCells(
  cells: readonly WorksheetCell[],
  known: DocumentState | undefined,
): DocumentState {
  let state = EMPTY_STATE
  let lists = EMPTY_STATE.lists
  let texts = EMPTY_STATE.texts
  for (const { id, input } of cells) {
    if (input !== '') texts = texts.set(cellPart(id, 'input'), toText(input))
    state = { ...state, cells: state.cells.set(id, CELLS_PART) }
  }
  lists = lists.set(
    CELLS_PART,
    cells.map(({ id }) => ({ cell: id, deleted: false })),
  )
  state = { ...state, lists, texts }
  return applyEdit(
    state,
    cells.flatMap((cell) => [...flagOps(cell), ...outputOps(cell, known)]),
  )
}

function flagOps({ id, flags }: WorksheetCell): PartOp[] {
  return CELL_FLAGS.filter((flag) => flags[flag]).map((flag) => ['f', cellPart(id, flag), true])
}

function outputOps(cell: WorksheetCell, known: DocumentState | undefined): PartOp[] {
  if (cell.output.stream === '') return []
  const part = cellPart(cell.id, 'output')
  const knownRun = known ? streamOf(known, part).run : ''
  const run =
    knownRun !== '' && streamUuid(knownRun) === cell.output.stream ? knownRun : cell.output.stream
  return streamOps(part, { stream: run, messages: cell.output.messages })
}

/** Begins a stream with these messages. */
function streamOps(part: string, { stream, messages }: CellOutput): PartOp[] {
  const ops: PartOp[] = [['c', part, stream]]
  for (let from = 0; from < messages.length; from += STREAM_MESSAGES_MAX) {
    ops.push(['a', part, stream, from, messages.slice(from, from + STREAM_MESSAGES_MAX)])
  }
  return ops
}
