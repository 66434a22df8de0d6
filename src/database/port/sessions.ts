export interface SessionRow {
  readonly sessionId: string
  readonly accountId: string
  /** SHA-256 of the cookie's token, in hex: what the database holds signs nobody in. */
  readonly tokenHash: string
  readonly createdMs: number
  readonly lastUsedMs: number
  /** The session is over then, whatever its use; the row goes by itself some time after. */
  readonly endsMs: number
  readonly browser: string
  readonly address: string
}

/** Sessions by token, and by account. */
export interface SessionStore {
  create(row: SessionRow): Promise<void>
  byToken(tokenHash: string): Promise<SessionRow | undefined>
  /** Newest first. */
  ofAccount(accountId: string): Promise<SessionRow[]>
  touch(
    row: SessionRow,
    use: { readonly lastUsedMs: number; readonly address: string },
  ): Promise<void>
  remove(rows: readonly SessionRow[]): Promise<void>
  /** For a database whose rows do not expire by themselves: removes those that ended before. */
  removeEnded(beforeMs: number): Promise<void>
}
