import type {
  AttemptStore,
  FileUseRow,
  FileUseStore,
  MinuteRow,
  StatisticsStore,
} from '../port/activity.ts'
import { integer, text, word } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'
import { HOUR_MS, hourOf } from './hours.ts'
import { inParallel } from '../in-parallel.ts'
import { secondsUntil, stampOf } from './stamps.ts'

const ACTIONS = ['open', 'edit', 'run'] as const
const DAY_MS = 24 * HOUR_MS
/** What was done with files, and the statistics: a year and a month. */
const KEPT_MS = 400 * DAY_MS

const USE = cql`
  INSERT INTO file_use (project_id, day, time_ms, account_id, path, action) VALUES (?, ?, ?, ?, ?, ?)
  USING TIMESTAMP ? AND TTL ?`
const USE_DAY = cql`
  INSERT INTO file_use_days (project_id, day, written_us) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const DAYS = cql`SELECT day FROM file_use_days WHERE project_id = ? LIMIT ?`
const USED = cql`
  SELECT time_ms, account_id, path, action FROM file_use WHERE project_id = ? AND day = ? LIMIT ?`

/** A partition a project and day, and one a project that says which days there are. */
export function fileUseStore(connection: CqlConnection): FileUseStore {
  const days = new RememberedDays()
  return {
    record: async ({ projectId, timeMs, accountId, path, action }) => {
      const day = Math.floor(timeMs / DAY_MS)
      const written = [stampOf(timeMs), secondsUntil(timeMs + KEPT_MS)]
      await connection.run(USE, projectId, day, timeMs, accountId, path, action, ...written)
      if (days.has(projectId, day)) return
      await connection.run(USE_DAY, projectId, day, stampOf(timeMs), ...written)
      days.add(projectId, day)
    },
    ofProject: async (projectId, limit) => {
      const rows: FileUseRow[] = []
      for (const found of await connection.all(DAYS, projectId, KEPT_MS / DAY_MS)) {
        const day = integer(found, 'day')
        const used = await connection.all(USED, projectId, day, limit - rows.length)
        rows.push(...used.map((row) => toFileUse(projectId, row)))
        if (rows.length >= limit) break
      }
      return rows
    },
  }
}

/** Days of projects that this hub has entered already: else each use of a file would be two writes. */
class RememberedDays {
  readonly #days = new Map<string, number>()

  has(projectId: string, day: number): boolean {
    return this.#days.get(projectId) === day
  }

  add(projectId: string, day: number): void {
    if (this.#days.size >= REMEMBERED_MAX) this.#days.clear()
    this.#days.set(projectId, day)
  }
}

const REMEMBERED_MAX = 10_000

const MINUTE = cql`
  INSERT INTO minutes (hour, time_ms, hub_id, clients, projects_running) VALUES (?, ?, ?, ?, ?)
  USING TIMESTAMP ? AND TTL ?`
const MINUTES = cql`
  SELECT time_ms, hub_id, clients, projects_running FROM minutes WHERE hour = ? AND time_ms >= ?`

export function statisticsStore(connection: CqlConnection): StatisticsStore {
  return {
    put: async ({ timeMs, hubId, clients, projectsRunning }) => {
      const ttlS = secondsUntil(timeMs + KEPT_MS)
      const stamp = stampOf(Date.now())
      const values = [hourOf(timeMs), timeMs, hubId, clients, projectsRunning]
      await connection.run(MINUTE, ...values, stamp, ttlS)
    },
    since: async (timeMs) => {
      // An hour ahead: of a hub whose clock is.
      const newest = hourOf(Date.now()) + 1
      const oldest = Math.max(hourOf(timeMs), hourOf(Date.now() - KEPT_MS))
      const hours = Array.from({ length: Math.max(newest - oldest + 1, 0) }, (_, n) => newest - n)
      const rows = await inParallel(hours, (hour) => connection.all(MINUTES, hour, timeMs))
      return rows.flat().map(toMinute)
    },
  }
}

const ATTEMPT = cql`
  INSERT INTO attempts (key, time_ms, attempt_id) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const ATTEMPTS = cql`SELECT time_ms FROM attempts WHERE key = ? AND time_ms >= ? LIMIT ?`
const NEWEST = cql`SELECT time_ms FROM attempts WHERE key = ? LIMIT 1`
const FORGET = cql`DELETE FROM attempts USING TIMESTAMP ? WHERE key = ?`

export function attemptStore(connection: CqlConnection): AttemptStore {
  return {
    record: async ({ key, attemptId, timeMs, expiresMs }) => {
      const ttlS = secondsUntil(expiresMs)
      await connection.run(ATTEMPT, key, timeMs, attemptId, stampOf(timeMs), ttlS)
    },
    count: async (key, sinceMs, limit) =>
      (await connection.all(ATTEMPTS, key, sinceMs, limit)).length,
    // Read first: most people have nothing to forget, and what is deleted is looked at for a day.
    forget: async (key) => {
      const newest = await connection.first(NEWEST, key)
      if (newest !== undefined) {
        await connection.run(FORGET, stampOf(integer(newest, 'time_ms')), key)
      }
    },
    removeExpired: async () => undefined,
  }
}

export function toFileUse(projectId: string, row: CqlRow): FileUseRow {
  return {
    projectId,
    accountId: text(row, 'account_id'),
    path: text(row, 'path'),
    action: word(row, 'action', ACTIONS),
    timeMs: integer(row, 'time_ms'),
  }
}

export function toMinute(row: CqlRow): MinuteRow {
  return {
    timeMs: integer(row, 'time_ms'),
    hubId: text(row, 'hub_id'),
    clients: integer(row, 'clients'),
    projectsRunning: integer(row, 'projects_running'),
  }
}
