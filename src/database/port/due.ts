export type DueKind = 'purge_project' | 'send_mail'

export interface DueRow {
  readonly kind: DueKind
  readonly id: string
  readonly dueMs: number
}

/** What is to be done at a time, so that it is done after a restart too. Done twice does no harm. */
export interface DueStore {
  /** An id has one time for each kind: a new one replaces it. */
  put(row: DueRow): Promise<void>
  remove(kind: DueKind, id: string): Promise<void>
  /** The earliest first, also those of the future. */
  next(kind: DueKind, limit: number): Promise<DueRow[]>
}
