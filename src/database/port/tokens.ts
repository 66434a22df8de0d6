export type TokenPurpose =
  | 'reset_password'
  | 'verify_email'
  | 'content_ticket'
  | 'content_access'
  | 'set_up'
  /** What an accepted invitation's link led to, so that opening it again leads there too. */
  | 'used_invitation'

export interface TokenRow {
  readonly purpose: TokenPurpose
  /** SHA-256 of the token, in hex. */
  readonly tokenHash: string
  readonly createdMs: number
  readonly expiresMs: number
  /** JSON text that only the hub reads. */
  readonly data: string
}

/** Rights that are handed out as random tokens; only their hash is kept. The hub compares `expiresMs`. */
export interface TokenStore {
  create(row: TokenRow): Promise<void>
  get(purpose: TokenPurpose, tokenHash: string): Promise<TokenRow | undefined>
  /** Takes it away and answers it: of any number who try at the same time, one gets it. */
  take(purpose: TokenPurpose, tokenHash: string): Promise<TokenRow | undefined>
  /** For a database whose rows do not expire by themselves. */
  removeExpired(beforeMs: number): Promise<void>
}
