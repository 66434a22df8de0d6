/**
 * The text of a statement. Only the tag below makes one, so that every statement stands in the source as it is sent:
 * a test reads them all and refuses what our rules for tables forbid.
 */
export type Cql = string & { readonly brand: 'Cql' }

export function cql(text: TemplateStringsArray): Cql {
  // The one parser of this branded type.
  return text.join('').replaceAll(/\s+/g, ' ').trim() as Cql
}

/** `undefined` leaves the column as it is: a null would write a tombstone. */
export type CqlValue = string | number | boolean | Uint8Array | undefined

export type CqlRow = Readonly<Record<string, unknown>>

export interface CqlStatement {
  readonly cql: Cql
  readonly args: readonly CqlValue[]
}

/** What a lightweight transaction did: all of it, or nothing. */
export interface Decision {
  readonly applied: boolean
  /** Where it did nothing: the row that was in the way, where Cassandra tells it. */
  readonly row: CqlRow | undefined
}

/**
 * Statements to a cluster. Reads and writes are at LOCAL_QUORUM and must be idempotent: they are repeated until they
 * succeed or their time is up. Each may throw DatabaseAway, and then may have happened or not.
 */
export interface CqlConnection extends AsyncDisposable {
  all(statement: Cql, ...args: readonly CqlValue[]): Promise<readonly CqlRow[]>
  first(statement: Cql, ...args: readonly CqlValue[]): Promise<CqlRow | undefined>
  run(statement: Cql, ...args: readonly CqlValue[]): Promise<void>
  /** All of them happen, if need be some time later (a logged batch). */
  batch(statements: readonly CqlStatement[]): Promise<void>
  /**
   * A lightweight transaction on one partition, decided by all datacenters together (SERIAL). Repeated like the rest:
   * it has to recognize in the row, or in what `decided` reads, that an earlier try of its own was applied.
   */
  decide(statements: readonly CqlStatement[]): Promise<Decision>
  /** Reads what the last lightweight transaction of the partition decided, and finishes one that was left half done. */
  decided(statement: Cql, ...args: readonly CqlValue[]): Promise<readonly CqlRow[]>
  /** Tables: one after another, each known to all nodes before the next. */
  define(statement: string): Promise<void>
}
