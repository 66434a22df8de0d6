import type { DueKind, DueRow, DueStore } from '../port/due.ts'
import { flag, integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow, CqlStatement } from './cql.ts'
import { hourOf, markHour, readHours } from './hours.ts'
import { inParallel } from '../in-parallel.ts'
import { stampAfter } from './stamps.ts'

const GET = cql`
  SELECT due_ms, removed, writetime(due_ms) AS w1, writetime(removed) AS w2 FROM due WHERE kind = ? AND id = ?`
const PUT = cql`
  INSERT INTO due (kind, id, due_ms, removed) VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const NEXT = cql`SELECT due_ms, id FROM due_by_hour WHERE kind = ? AND hour = ? LIMIT ?`
const ENTER = cql`
  INSERT INTO due_by_hour (kind, hour, due_ms, id) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`
const LEAVE = cql`
  DELETE FROM due_by_hour USING TIMESTAMP ? WHERE kind = ? AND hour = ? AND due_ms = ? AND id = ?`
const INDEX = {
  hours: cql`SELECT hour, written_us FROM due_hours WHERE kind = ? LIMIT ?`,
  mark: cql`INSERT INTO due_hours (kind, hour, written_us) VALUES (?, ?, ?) USING TIMESTAMP ?`,
  forget: cql`DELETE FROM due_hours USING TIMESTAMP ? WHERE kind = ? AND hour = ?`,
}

/** How long it is known that nothing is due for an id: for longer than two hubs can disagree about it. */
const REMOVED_TTL_S = 10 * 24 * 60 * 60
const STAYS = 0

/**
 * `due` says when an id is due; `due_by_hour` has the ids in order. An entry of the order that `due` contradicts, as two
 * puts at the same time may leave one, is removed by who finds it.
 */
export function dueStore(connection: CqlConnection): DueStore {
  const store: DueStore = {
    put: async (row) => {
      const before = await connection.first(GET, row.kind, row.id)
      const stamp = stampAfter(before, 'w1', 'w2')
      const hour = hourOf(row.dueMs)
      await connection.batch([
        ...leaving(before, row, stamp),
        { cql: PUT, args: [row.kind, row.id, row.dueMs, false, stamp, STAYS] },
        { cql: ENTER, args: [row.kind, hour, row.dueMs, row.id, stamp] },
        markHour(INDEX, row.kind, hour),
      ])
    },
    remove: async (kind, id) => {
      const before = await connection.first(GET, kind, id)
      if (before === undefined || !isLive(before)) return
      const stamp = stampAfter(before, 'w1', 'w2')
      const dueMs = integer(before, 'due_ms')
      await connection.batch([
        { cql: PUT, args: [kind, id, dueMs, true, stamp, REMOVED_TTL_S] },
        { cql: LEAVE, args: [stamp, kind, hourOf(dueMs), dueMs, id] },
      ])
    },
    next: async (kind, limit) => {
      const list = { index: INDEX, key: kind, limit }
      const rows = await readHours(connection, list, (hour, max) =>
        connection.all(NEXT, kind, hour, max),
      )
      const entries = rows.map((row) => ({
        kind,
        id: text(row, 'id'),
        dueMs: integer(row, 'due_ms'),
      }))
      const confirmed = await inParallel(entries, (entry) => confirm(connection, entry))
      const found = confirmed.filter((entry) => entry !== undefined)
      // What stands behind a full page is seen when the entries that do not hold have been removed from it.
      const again = entries.length >= limit && found.length < limit
      return again ? store.next(kind, limit) : found
    },
  }
  return store
}

/** The entry where `due` says the same; else the entry goes. */
async function confirm(connection: CqlConnection, entry: DueRow): Promise<DueRow | undefined> {
  const { kind, id, dueMs } = entry
  const row = await connection.first(GET, kind, id)
  if (row !== undefined && isLive(row) && integer(row, 'due_ms') === dueMs) return entry
  await connection.run(LEAVE, stampAfter(row, 'w1', 'w2'), kind, hourOf(dueMs), dueMs, id)
  return undefined
}

function leaving(before: CqlRow | undefined, row: DueRow, stamp: number): CqlStatement[] {
  if (before === undefined || !isLive(before)) return []
  const dueMs = integer(before, 'due_ms')
  if (dueMs === row.dueMs) return []
  const kind: DueKind = row.kind
  return [{ cql: LEAVE, args: [stamp, kind, hourOf(dueMs), dueMs, row.id] }]
}

function isLive(row: CqlRow): boolean {
  return isSet(row, 'due_ms') && !flag(row, 'removed')
}
