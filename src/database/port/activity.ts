export interface FileUseRow {
  readonly projectId: string
  readonly accountId: string
  readonly path: string
  readonly action: 'open' | 'edit' | 'run'
  readonly timeMs: number
}

/** What was opened and edited: append-only, a partition a project and day. */
export interface FileUseStore {
  record(row: FileUseRow): Promise<void>
  /** Newest first. */
  ofProject(projectId: string, limit: number): Promise<FileUseRow[]>
}

export interface MinuteRow {
  /** The beginning of the minute. */
  readonly timeMs: number
  readonly hubId: string
  readonly clients: number
  readonly projectsRunning: number
}

/** Statistics: a row a minute and hub, a partition a day. */
export interface StatisticsStore {
  put(row: MinuteRow): Promise<void>
  /** Newest first, a row for each hub. */
  since(timeMs: number): Promise<MinuteRow[]>
}

/** Attempts at what is throttled, shared by all hubs; rows that expire. */
export interface AttemptStore {
  /** Idempotent by `attemptId`. */
  record(attempt: {
    readonly key: string
    readonly attemptId: string
    readonly timeMs: number
    readonly expiresMs: number
  }): Promise<void>
  /** How many since then; counts no further than the limit. */
  count(key: string, sinceMs: number, limit: number): Promise<number>
  forget(key: string): Promise<void>
  /** For a database whose rows do not expire by themselves. */
  removeExpired(beforeMs: number): Promise<void>
}
