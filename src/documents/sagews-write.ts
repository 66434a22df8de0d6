import type { CellId } from '../sync/change.ts'
import { hashHex, uuidOf } from './cell-id.ts'
import {
  CELL_MARK,
  joinPieces,
  messageText,
  OUTPUT_MARK,
  parseCellLine,
  type CellPieces,
} from './sagews-lines.ts'
import { trimBlankLines } from './sagews-read.ts'
import type { KeptCell, WorksheetFile } from './sagews-read.ts'
import { CELL_FLAGS } from './worksheet-cell.ts'
import type { CellFlags, CellOutput, WorksheetCell } from './worksheet-cell.ts'

export interface WrittenWorksheet {
  readonly text: string
  /** What the file is once the text is in it. */
  readonly file: WorksheetFile
  /** Something that could not be read whole was written anew: the original is to be kept. */
  readonly repaired: boolean
}

/**
 * Writes a worksheet into its file: of a cell that is what was read, the same characters; of another, only the
 * pieces that changed.
 */
export function writeSagews(
  cells: readonly WorksheetCell[],
  file: WorksheetFile,
): WrittenWorksheet {
  const kept = new Map<CellId, KeptCell>()
  let repaired = false
  // Text without a cell line is a cell of its own at the beginning and behind an output.
  let apart = true
  cells.forEach((cell, index) => {
    const before = file.cells.get(cell.id)
    const seen = before !== undefined && before.pieces.input + before.pieces.output !== ''
    const next = writeCell(cell, before, apart && (seen || cells.length === 1))
    apart = next.pieces.output !== ''
    if (before && next !== before) repaired ||= isRepair(before, next)
    const last = index === cells.length - 1
    kept.set(cell.id, last ? next : { ...next, pieces: closed(next.pieces) })
  })
  const pieces = [...kept.values()].map((cell) => cell.pieces)
  return {
    text: joinPieces({ preamble: file.preamble, cells: pieces }),
    file: { preamble: file.preamble, cells: kept },
    repaired,
  }
}

function writeCell(cell: WorksheetCell, before: KeptCell | undefined, apart: boolean): KeptCell {
  if (before === undefined) return newCell(cell)
  const sameInput = cell.input === before.cell.input
  const sameOutput = equalOutputs(cell.output, before.cell.output)
  const sameFlags = CELL_FLAGS.every((flag) => cell.flags[flag] === before.cell.flags[flag])
  const headless = before.pieces.header === undefined && !apart
  if (sameInput && sameOutput && sameFlags && !headless) return before
  const uuid = before.uuid ?? uuidOf(cell.id)
  const letters = parseCellLine(before.pieces.header ?? '')?.flags ?? ''
  const header = cellLine(uuid, flagLetters(letters, sameFlags ? undefined : cell.flags))
  return {
    cell,
    uuid,
    pieces: {
      header,
      input: sameInput
        ? asLines(before.pieces.input)
        : writeInput(cell.input, before.pieces.input.replaceAll('\r', '')),
      output: sameOutput ? before.pieces.output : writeOutput(cell.output),
      tail: before.pieces.tail,
    },
    damage: { header: false, output: sameOutput && before.damage.output },
  }
}

function newCell(cell: WorksheetCell): KeptCell {
  const uuid = uuidOf(cell.id)
  return {
    cell,
    uuid,
    pieces: {
      header: cellLine(uuid, flagLetters('', cell.flags)),
      input: writeInput(cell.input, ''),
      output: writeOutput(cell.output),
      tail: '',
    },
    damage: { header: false, output: false },
  }
}

function cellLine(uuid: string, letters: string): string {
  return `${CELL_MARK}${uuid}${letters}${CELL_MARK}\n`
}

const FLAG_LETTERS = { hideInput: 'i', hideOutput: 'o', auto: 'a' } as const

/** Letters of a run that is long over, or that says nothing in a file. */
const ACTION_LETTERS = /[xwrcs]/g

/** New letters go in front of those that are there. */
function flagLetters(existing: string, flags: CellFlags | undefined): string {
  let letters = existing.replace(ACTION_LETTERS, '')
  if (flags === undefined) return letters
  for (const flag of CELL_FLAGS) {
    const letter = FLAG_LETTERS[flag]
    if (!flags[flag]) letters = letters.replaceAll(letter, '')
    else if (!letters.includes(letter)) letters = letter + letters
  }
  return letters
}

function writeInput(text: string, original: string): string {
  const { before, after } = trimBlankLines(original)
  // A line that begins with a marker would be a cell or an output when it is read again.
  const safe = text.replace(/^(?=[\uFE20\uFE21])/gm, ' ')
  return asLines(before + safe + (after === '' && safe !== '' ? '\n' : after))
}

function writeOutput({ stream, messages }: CellOutput): string {
  if (stream === '') return ''
  const texts = messages.map((message) => messageText(message) + OUTPUT_MARK)
  return `${OUTPUT_MARK}${streamUuid(stream)}${OUTPUT_MARK}${texts.join('')}\n`
}

/** What names a run in the file. */
export function streamUuid(stream: string): string {
  return STREAM_UUID.test(stream) ? stream : uuidOf(hashHex(stream))
}

const STREAM_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What another piece follows ends with a line's end. */
function closed(pieces: CellPieces): CellPieces {
  if (pieces.tail !== '') return { ...pieces, tail: asLines(pieces.tail) }
  if (pieces.output !== '') return { ...pieces, output: asLines(pieces.output) }
  if (pieces.input !== '') return { ...pieces, input: asLines(pieces.input) }
  return pieces.header === undefined ? pieces : { ...pieces, header: asLines(pieces.header) }
}

function asLines(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

function equalOutputs(a: CellOutput, b: CellOutput): boolean {
  if (a === b) return true
  if (a.stream !== b.stream || a.messages.length !== b.messages.length) return false
  return a.messages.every((message, index) => {
    const other = b.messages[index]
    return message === other || JSON.stringify(message) === JSON.stringify(other)
  })
}

function isRepair(before: KeptCell, after: KeptCell): boolean {
  return (
    before.damage.header || (before.damage.output && after.pieces.output !== before.pieces.output)
  )
}
