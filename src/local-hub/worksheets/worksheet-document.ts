import type { CellFlag } from '../../messages/worksheet-output.ts'
import type { Change, CellId, Json, PartId } from '../../sync/change.ts'

/**
 * What the runner of cells needs of an open worksheet; local-hub/documents implements it. The runner alone writes
 * the parts `c.output` (stream) and `c.run` (field, `cellRun` of messages/worksheet-output.ts) of a cell.
 */
export interface WorksheetDocument {
  /** Names the worksheet's session in the Sage server: its path, which stays what it was when it was opened. */
  readonly session: string
  /** Folder in the project that code runs in, '' the project's own. */
  readonly folder: string

  /** The input of a cell as it is now, or undefined where there is no such cell. */
  readCell(cell: CellId): Promise<string | undefined>

  /** The cells in their order with the field `c.run` and how far the stream `c.output` goes, for adoption. */
  readRuns(): Promise<readonly CellRunState[]>

  /** The field that holds a flag of a cell. */
  flagPart(cell: CellId, flag: CellFlag): PartId

  /**
   * Commits a change of the runner's own, after those before. Resolved when it is journaled. Parts of a cell that
   * is gone are dropped without an error.
   */
  commit(change: Change): Promise<void>
}

export interface CellRunState {
  readonly cell: CellId
  /** The field `c.run` as it is, null where never run. */
  readonly run: Json
  /** The stream's name, and the sequence number that its next message has. */
  readonly stream: string
  readonly next: number
  /** The flag `auto`: run when a session starts. */
  readonly auto: boolean
}

/**
 * Keeps a blob (at most BLOB_BYTES_MAX) in the store of the worksheet's project.
 * @throws CodedError where the store is away; the page then says so in the image's place
 */
export type PutBlob = (bytes: Uint8Array, filename: string) => Promise<{ readonly sha256: string }>
