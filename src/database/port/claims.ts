/** What may exist once: an address, and the right of the first account. */
export type ClaimKind = 'email' | 'first_account'

export interface Claim {
  readonly owner: string
  /** By the clock of the hub that claimed it: one whose owner never came to be is taken over some time after. */
  readonly claimedMs: number
}

/** Unique facts, decided by the database itself (SQLite: a primary key; Cassandra: a lightweight transaction). */
export interface ClaimStore {
  /** Answers who holds it now: the owner given, also where it held it already, or the one that was first. */
  claim(kind: ClaimKind, name: string, owner: string, nowMs: number): Promise<Claim>
  get(kind: ClaimKind, name: string): Promise<Claim | undefined>
  /** Does nothing where somebody else holds it. */
  release(kind: ClaimKind, name: string, owner: string): Promise<void>
}
