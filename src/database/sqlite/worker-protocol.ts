export type SqlValue = string | number | null | Uint8Array
export type SqlRow = Readonly<Record<string, unknown>>

export interface SqlStatement {
  readonly sql: string
  readonly args: readonly SqlValue[]
  /** Where it changes no row the whole batch is undone. */
  readonly mustChange?: true
}

/** What the thread with the database is asked: all statements of one request happen in one transaction, or none. */
export interface SqlRequest {
  readonly id: number
  readonly statements: readonly SqlStatement[]
}

export type SqlAnswer =
  | { readonly id: number; readonly kind: 'done'; readonly rows: readonly (readonly SqlRow[])[] }
  /** A statement that had to change something found nothing. */
  | { readonly id: number; readonly kind: 'undone' }
  | {
      readonly id: number
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
    }
