import type { CellId, Json, PartId } from '../sync/change.ts'

/** The list of a worksheet's cells. */
export const CELLS_PART: PartId = 'cells'

/** Names of the parts of a cell `c`, as in `c.input`. */
export const CELL_PARTS = {
  /** text */
  input: 'input',
  /** stream of `outputMessage` (messages/worksheet-output.ts) */
  output: 'output',
  /** field: `cellRun` of messages/worksheet-output.ts, null where it was never run; not in the file */
  run: 'run',
  /** field: true where it is set */
  hideInput: 'hideInput',
  hideOutput: 'hideOutput',
  auto: 'auto',
} as const
export type CellPart = keyof typeof CELL_PARTS

export function cellPart(cell: CellId, part: CellPart): PartId {
  return `${cell}.${CELL_PARTS[part]}`
}

export const CELL_FLAGS = ['hideInput', 'hideOutput', 'auto'] as const
export type CellFlags = { readonly [F in (typeof CELL_FLAGS)[number]]: boolean }

/** A cell of a worksheet as people see it. */
export interface WorksheetCell {
  readonly id: CellId
  readonly flags: CellFlags
  /** Lines end in LF; without the blank lines around it that the file has. */
  readonly input: string
  readonly output: CellOutput
}

export interface CellOutput {
  /** Names the run: its uuid in the file, '' where there is no output line. */
  readonly stream: string
  readonly messages: readonly Json[]
}

export const NO_OUTPUT: CellOutput = { stream: '', messages: [] }
