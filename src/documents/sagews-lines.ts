import type { Json } from '../sync/change.ts'
import { checkJson } from '../sync/check-values.ts'

/**
 * The lines of a `.sagews` file (reference: SageMathCloud, 2013-2016):
 *
 *     cell line    U+FE20 uuid flags U+FE20
 *     input        all lines up to the first output line, or the next cell line
 *     output line  U+FE21 uuid U+FE21 message U+FE21 message ...   (JSON; two dialects, with and without a last U+FE21)
 *
 * A file is cut into pieces of which the concatenation is the file, character by character, whatever was done to it:
 * a cell line that lost its uuid still begins a cell, several output lines belong to one cell, and a marker in the
 * middle of a line is text.
 */
export const CELL_MARK = '\uFE20'
export const OUTPUT_MARK = '\uFE21'
const BOM = '\uFEFF'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const CELL_LINE = new RegExp(`^${CELL_MARK}(${UUID})([a-zA-Z]*)${CELL_MARK}[\\r ]*\\n?$`)
const OUTPUT_UUID = new RegExp(`^${UUID}$`)

/** A cell as it stands in the file. The file is its preamble and, of each cell, header, input, output and tail. */
export interface CellPieces {
  /** The cell line with its end; undefined for text that no cell line precedes. */
  readonly header: string | undefined
  readonly input: string
  /** The output lines, normally one or none. */
  readonly output: string
  /** Blank lines behind the output. */
  readonly tail: string
}

export interface FilePieces {
  /** A byte order mark and blank lines before the first cell. */
  readonly preamble: string
  readonly cells: readonly CellPieces[]
}

export function splitSagews(text: string): FilePieces {
  const cells: CellPieces[] = []
  let preamble = text.startsWith(BOM) ? BOM : ''
  let cell: { header: string | undefined; input: string; output: string; tail: string } | undefined
  for (const line of linesOf(text.slice(preamble.length))) {
    if (line.startsWith(CELL_MARK)) {
      if (cell) cells.push(cell)
      cell = { header: line, input: '', output: '', tail: '' }
    } else if (cell === undefined) {
      if (isBlank(line)) preamble += line
      else cell = { header: undefined, ...begunWith(line) }
    } else if (line.startsWith(OUTPUT_MARK)) {
      cell.output += cell.tail + line
      cell.tail = ''
    } else if (cell.output === '') {
      cell.input += line
    } else if (isBlank(line)) {
      cell.tail += line
    } else {
      // Text behind an output: a cell that lost its cell line.
      cells.push({ ...cell, tail: '' })
      cell = { header: undefined, input: cell.tail + line, output: '', tail: '' }
    }
  }
  if (cell) cells.push(cell)
  return { preamble, cells }
}

export function joinPieces({ preamble, cells }: FilePieces): string {
  return (
    preamble +
    cells.map((cell) => (cell.header ?? '') + cell.input + cell.output + cell.tail).join('')
  )
}

/** Uuid and flags of a cell line, or undefined where it is damaged. */
export function parseCellLine(line: string): { uuid: string; flags: string } | undefined {
  const match = CELL_LINE.exec(line)
  if (match?.[1] === undefined) return undefined
  return { uuid: match[1], flags: match[2] ?? '' }
}

/** The JSON texts of the messages on output lines; `damaged` where something on them is no message. */
export function parseOutputLines(lines: string): { messages: Json[]; damaged: boolean } {
  const messages: Json[] = []
  let damaged = false
  let count = 0
  for (const line of linesOf(lines)) {
    if (isBlank(line)) continue
    count++
    const [before, uuid, ...parts] = line.trimEnd().split(OUTPUT_MARK)
    if (before !== '' || uuid === undefined || !OUTPUT_UUID.test(uuid)) damaged = true
    for (const part of parts) {
      if (part === '') continue
      const message = parseMessage(part)
      if (message === undefined) damaged = true
      else messages.push(message)
    }
  }
  return { messages, damaged: damaged || count > 1 }
}

/** With what could be taken for a marker escaped, as neither SMC nor CoCalc does. */
export function messageText(message: Json): string {
  return JSON.stringify(message).replaceAll(CELL_MARK, '\\ufe20').replaceAll(OUTPUT_MARK, '\\ufe21')
}

export function isBlank(line: string): boolean {
  return line.trim() === ''
}

/** Lines with their ends; the last may lack one. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from)
    const to = end === -1 ? text.length : end + 1
    yield text.slice(from, to)
    from = to
  }
}

function begunWith(line: string): { input: string; output: string; tail: string } {
  const isOutput = line.startsWith(OUTPUT_MARK)
  return { input: isOutput ? '' : line, output: isOutput ? line : '', tail: '' }
}

function parseMessage(part: string): Json | undefined {
  try {
    const message: Json = JSON.parse(part)
    // As an item of a stream, one level down.
    checkJson([message])
    return typeof message === 'object' && message !== null ? message : undefined
  } catch {
    // Cut off, merged wrongly, or no value that a document may hold: its text stays in the file, unseen.
    return undefined
  }
}
