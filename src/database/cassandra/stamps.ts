import type { CqlRow } from './cql.ts'
import { optionalInteger } from './columns.ts'

/*
 * Cassandra keeps, of two writes of a cell, the one with the higher timestamp, whatever came first. So every write
 * says its timestamp, and none relies on clocks that agree: it follows from the row itself (the time in an immutable
 * row), or is higher than that of what it replaces, which was read just before.
 */

/** The timestamp of a row that was made at this time, in microseconds. */
export function stampOf(timeMs: number): number {
  return timeMs * 1000
}

/** Later than each of the written timestamps in the columns named: of a write that replaces what the row says. */
export function stampAfter(row: CqlRow | undefined, ...columns: readonly string[]): number {
  const written = row === undefined ? [] : columns.map((name) => optionalInteger(row, name) ?? 0)
  return Math.max(stampOf(Date.now()), ...written.map((stamp) => stamp + 1))
}

/** A row that expires then; at least a second, since 0 would mean for ever. */
export function secondsUntil(timeMs: number): number {
  return Math.min(Math.max(Math.ceil((timeMs - Date.now()) / 1000), 1), TTL_MAX_S)
}

/** Files of older versions of Cassandra can't say a later end than 2038. */
const TTL_MAX_S = 3 * 365 * 24 * 3600
