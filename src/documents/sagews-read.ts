import type { CellId, Json } from '../sync/change.ts'
import { cellIdOf } from './cell-id.ts'
import { parseCellLine, parseOutputLines, splitSagews } from './sagews-lines.ts'
import type { CellPieces } from './sagews-lines.ts'
import { NO_OUTPUT } from './worksheet-cell.ts'
import type { CellFlags, CellOutput, WorksheetCell } from './worksheet-cell.ts'

/** A worksheet as it stands in the file: what is needed to write what nobody changed as it was. */
export interface WorksheetFile {
  readonly preamble: string
  readonly cells: ReadonlyMap<CellId, KeptCell>
}

/** A cell in the file and what was read there. As long as the cell is that, its pieces are written again. */
export interface KeptCell {
  readonly cell: WorksheetCell
  readonly pieces: CellPieces
  /** Undefined where the cell line is damaged or missing, or repeats the uuid of a cell before. */
  readonly uuid: string | undefined
  readonly damage: { readonly header: boolean; readonly output: boolean }
}

export interface ReadWorksheet {
  readonly cells: readonly WorksheetCell[]
  readonly file: WorksheetFile
  /** What is odd in the file, for the page. */
  readonly remarks: readonly string[]
}

/**
 * Reads a `.sagews`. An empty file is one empty cell, and text without a cell line a cell of its own. Stuck action
 * flags and CR are not in the cells; they stay in the file until somebody changes the cell.
 * `idOf` gives the cell that is known by a uuid, where a document is open already.
 */
export function readSagews(text: string, idOf: (uuid: string) => CellId = cellIdOf): ReadWorksheet {
  const { preamble, cells: pieces } = splitSagews(text)
  const kept = new Map<CellId, KeptCell>()
  let previous: CellId = ''
  for (const piece of pieces.length > 0 ? pieces : [EMPTY_PIECES]) {
    const cell = readCell(piece, kept, { previous, idOf })
    kept.set(cell.cell.id, cell)
    previous = cell.cell.id
  }
  const cells = [...kept.values()].map(({ cell }) => cell)
  return { cells, file: { preamble, cells: kept }, remarks: remarksOn([...kept.values()]) }
}

const EMPTY_PIECES: CellPieces = { header: undefined, input: '', output: '', tail: '' }

function readCell(
  pieces: CellPieces,
  before: ReadonlyMap<CellId, KeptCell>,
  { previous, idOf }: { previous: CellId; idOf: (uuid: string) => CellId },
): KeptCell {
  const line = pieces.header === undefined ? undefined : parseCellLine(pieces.header)
  const repeated = line !== undefined && before.has(idOf(line.uuid))
  const id =
    line === undefined
      ? freeId(`after${previous}`, before)
      : repeated
        ? freeId(cellIdOf(line.uuid), before)
        : idOf(line.uuid)
  const { output, damaged } = readOutput(pieces.output)
  return {
    cell: {
      id,
      flags: readFlags(line?.flags ?? '', output),
      input: trimBlankLines(pieces.input.replaceAll('\r', '')).text,
      output,
    },
    pieces,
    uuid: repeated ? undefined : line?.uuid,
    damage: {
      header: line === undefined && (pieces.header !== undefined || pieces.input !== ''),
      output: damaged,
    },
  }
}

/** At most this many characters: with a dash and a number they are a cell's id. */
const ID_STEM_CHARACTERS = 26

function freeId(stem: string, taken: ReadonlyMap<CellId, unknown>): CellId {
  const short = stem.slice(0, ID_STEM_CHARACTERS)
  for (let number = 1; ; number++) {
    const id = `${short}-${number}`
    if (!taken.has(id)) return id
  }
}

function readOutput(lines: string): { output: CellOutput; damaged: boolean } {
  if (lines === '') return { output: NO_OUTPUT, damaged: false }
  const { messages, damaged } = parseOutputLines(lines)
  // The first output line names the run; one without a uuid has a name that no run has.
  const stream = /[0-9a-f-]{36}/.exec(lines.slice(1, 37))?.[0] ?? 'damaged'
  return { output: { stream, messages }, damaged }
}

/** Later versions keep the flags as messages in the output. */
function readFlags(letters: string, output: CellOutput): CellFlags {
  const flags = {
    hideInput: letters.includes('i'),
    hideOutput: letters.includes('o'),
    auto: letters.includes('a'),
  }
  for (const message of output.messages) {
    if (typeof message !== 'object' || message === null || Array.isArray(message)) continue
    const { auto, hide, show } = message as { auto?: Json; hide?: Json; show?: Json }
    if (typeof auto === 'boolean') flags.auto = auto
    if (hide === 'input' || show === 'input') flags.hideInput = hide === 'input'
    if (hide === 'output' || show === 'output') flags.hideOutput = hide === 'output'
  }
  return flags
}

/** The blank lines around an input stay as they are when it changes. */
export function trimBlankLines(input: string): { before: string; text: string; after: string } {
  const before = /^(?:[^\S\n]*\n)*/.exec(input)?.[0] ?? ''
  const rest = input.slice(before.length)
  const text = rest.trimEnd()
  // A last line keeps its own trailing spaces.
  const lineEnd = rest.indexOf('\n', text.length)
  const end = text === '' ? 0 : lineEnd === -1 ? rest.length : lineEnd
  return { before, text: rest.slice(0, end), after: rest.slice(end) }
}

function remarksOn(cells: readonly KeptCell[]): string[] {
  const headers = cells.filter(({ damage }) => damage.header).length
  const outputs = cells.filter(({ damage }) => damage.output).length
  const remarks: string[] = []
  if (cells.length === 1 && headers === 1) {
    remarks.push('This file holds no worksheet: all of it is shown as one cell.')
  } else if (headers > 0) {
    remarks.push(`${count(headers, 'cell')} lost the line that begins a cell.`)
  }
  if (outputs > 0) remarks.push(`The output of ${count(outputs, 'cell')} is damaged in the file.`)
  return remarks
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`
}
