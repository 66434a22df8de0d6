import type { AnswerOf } from '../../messages/define.ts'
import type { worksheetRequests, WorksheetSession } from '../../messages/worksheets.ts'
import type { CellId } from '../../sync/change.ts'

type Requests = typeof worksheetRequests

/**
 * Runs the cells of one open worksheet, and owns the state of its runs: nothing depends on a browser staying open.
 * Made by `openWorksheetRunner` (worksheet-runner.ts) as soon as the document is open.
 */
export interface WorksheetRunning extends AsyncDisposable {
  /** Runs the cells in this order, after those that wait. A cell that waits already keeps its place. */
  run(cells: readonly CellId[]): void
  /** Interrupts what runs and forgets what waits. */
  interrupt(): void
  /** Ends the session and begins a new one. */
  restart(): Promise<WorksheetSession>
  readonly session: WorksheetSession
  /** Offsets in UTF-16 code units. */
  complete(code: string, offset: number): Promise<AnswerOf<Requests, 'complete_code'>>
  inspect(request: {
    code: string
    offset: number
    source: boolean
  }): Promise<AnswerOf<Requests, 'inspect_code'>>
  /** @throws CodedError `conflict` where the run does not ask, or was answered */
  answerInput(cell: CellId, run: string, value: string): void
  /** True while a cell runs or waits: the project is busy, and the document is not to be closed. */
  readonly busy: boolean
}
