import { integer } from './columns.ts'
import type { Cql, CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { stampOf } from './stamps.ts'

/*
 * Rows in order of a time, in a partition for each hour (or day), and an index of the hours that have some: the first
 * or the last of them are found without reading hours that are empty, and no partition collects what was deleted in years.
 */

export const HOUR_MS = 60 * 60_000

/** An hour that was empty is forgotten when it has been over for so long: no clock is that far behind. */
const FORGET_AFTER_HOURS = 25

export function hourOf(timeMs: number): number {
  return Math.floor(timeMs / HOUR_MS)
}

/** What reads and writes the index of hours of one list: `(key, hour)`, with when it was written. */
export interface HourIndex {
  /** `SELECT hour, written_us ... WHERE key = ? LIMIT ?` in the order that is wanted. */
  readonly hours: Cql
  /** `INSERT ... (key, hour, written_us) VALUES (?, ?, ?) USING TIMESTAMP ?` */
  readonly mark: Cql
  /** `DELETE ... USING TIMESTAMP ? WHERE key = ? AND hour = ?` */
  readonly forget: Cql
}

/** Says that the hour has rows; goes into one batch with the row. */
export function markHour(index: HourIndex, key: string, hour: number): CqlStatement {
  const now = stampOf(Date.now())
  return { cql: index.mark, args: [key, hour, now, now] }
}

/** Rows of the hours in the index's order, until there are enough. */
export async function readHours(
  connection: CqlConnection,
  list: { readonly index: HourIndex; readonly key: string; readonly limit: number },
  read: (hour: number, limit: number) => Promise<readonly CqlRow[]>,
): Promise<CqlRow[]> {
  const { index, key, limit } = list
  const found: CqlRow[] = []
  for (const row of await connection.all(index.hours, key, HOURS_MAX)) {
    const hour = integer(row, 'hour')
    const rows = await read(hour, limit - found.length)
    found.push(...rows)
    if (found.length >= limit) return found
    if (rows.length === 0 && hour < hourOf(Date.now()) - FORGET_AFTER_HOURS) {
      // Of what is put there at this moment, the mark is later and stays.
      await connection.run(index.forget, integer(row, 'written_us'), key, hour)
    }
  }
  return found
}

/** Looked through in one question; a year and more of hours that have something. */
const HOURS_MAX = 10_000
