import type {
  AttemptStore,
  FileUseRow,
  FileUseStore,
  MinuteRow,
  StatisticsStore,
} from '../port/activity.ts'
import { integer, text, word } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

const ACTIONS = ['open', 'edit', 'run'] as const

export function fileUseStore(connection: SqlConnection): FileUseStore {
  return {
    record: (row) =>
      connection.run(
        `INSERT INTO file_use (project_id, time_ms, account_id, path, action)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        row.projectId,
        row.timeMs,
        row.accountId,
        row.path,
        row.action,
      ),
    ofProject: async (projectId, limit) => {
      const rows = await connection.all(
        'SELECT * FROM file_use WHERE project_id = ? ORDER BY time_ms DESC LIMIT ?',
        projectId,
        limit,
      )
      return rows.map(toFileUse)
    },
  }
}

export function statisticsStore(connection: SqlConnection): StatisticsStore {
  return {
    put: (row) =>
      connection.run(
        'INSERT OR REPLACE INTO minutes (time_ms, hub_id, clients, projects_running) VALUES (?, ?, ?, ?)',
        row.timeMs,
        row.hubId,
        row.clients,
        row.projectsRunning,
      ),
    since: async (timeMs) => {
      const rows = await connection.all(
        'SELECT * FROM minutes WHERE time_ms >= ? ORDER BY time_ms DESC, hub_id',
        timeMs,
      )
      return rows.map(toMinute)
    },
  }
}

export function attemptStore(connection: SqlConnection): AttemptStore {
  return {
    record: (attempt) =>
      connection.run(
        `INSERT INTO attempts (key, time_ms, attempt_id, expires_ms)
         VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        attempt.key,
        attempt.timeMs,
        attempt.attemptId,
        attempt.expiresMs,
      ),
    count: async (key, sinceMs, limit) => {
      const row = await connection.first(
        `SELECT count(*) AS attempts FROM
           (SELECT 1 FROM attempts WHERE key = ? AND time_ms >= ? LIMIT ?)`,
        key,
        sinceMs,
        limit,
      )
      return row ? integer(row, 'attempts') : 0
    },
    forget: (key) => connection.run('DELETE FROM attempts WHERE key = ?', key),
    removeExpired: (beforeMs) =>
      connection.run('DELETE FROM attempts WHERE expires_ms < ?', beforeMs),
  }
}

export function toFileUse(row: SqlRow): FileUseRow {
  return {
    projectId: text(row, 'project_id'),
    accountId: text(row, 'account_id'),
    path: text(row, 'path'),
    action: word(row, 'action', ACTIONS),
    timeMs: integer(row, 'time_ms'),
  }
}

export function toMinute(row: SqlRow): MinuteRow {
  return {
    timeMs: integer(row, 'time_ms'),
    hubId: text(row, 'hub_id'),
    clients: integer(row, 'clients'),
    projectsRunning: integer(row, 'projects_running'),
  }
}
