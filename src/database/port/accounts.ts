/** Facts of an account. `settings` is JSON text that only the hub reads. */
export interface AccountRow {
  readonly accountId: string
  readonly name: string
  /** As the person wrote it; unique through a claim of its lower case. */
  readonly email: string
  readonly emailVerified: boolean
  readonly admin: boolean
  readonly settings: string
  /** The whole encoded hash, with its algorithm and parameters. */
  readonly passwordHash: string
  /** Tokens made before it are worth nothing. */
  readonly passwordChangedMs: number
  readonly createdMs: number
}

export type AccountChange = Partial<Omit<AccountRow, 'accountId' | 'createdMs'>>

export interface AccountStore {
  /** Idempotent: the same row again changes nothing. */
  create(row: AccountRow): Promise<void>
  get(accountId: string): Promise<AccountRow | undefined>
  /** In the order asked; those that there are. At most 1,000. */
  getMany(accountIds: readonly string[]): Promise<AccountRow[]>
  /** Does nothing where there is no such account. */
  update(accountId: string, change: AccountChange): Promise<void>
  /** For the admin: whose name or address contains the text, in any case. */
  search(text: string, limit: number): Promise<AccountRow[]>
  /** For the admin's overview. */
  count(): Promise<number>
}
