import type { LocationRow, LocationStore, ProjectRow, ProjectStore } from '../port/projects.ts'
import { assignments, integer, optionalInteger, text } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

const COLUMNS = {
  title: 'title',
  description: 'description',
  lastUsedMs: 'last_used_ms',
  deletedMs: 'deleted_ms',
}

/** All that hangs on a project. */
const PURGED_TABLES = [
  'members',
  'membership_versions',
  'invitations',
  'locations',
  'file_use',
  'blob_holds',
  'projects',
]

export function projectStore(connection: SqlConnection): ProjectStore {
  const get = async (projectId: string): Promise<ProjectRow | undefined> => {
    const row = await connection.first('SELECT * FROM projects WHERE project_id = ?', projectId)
    return row && toProject(row)
  }
  return {
    get,
    create: (row) =>
      connection.run(
        `INSERT INTO projects (project_id, title, description, created_ms, last_used_ms, deleted_ms)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        row.projectId,
        row.title,
        row.description,
        row.createdMs,
        row.lastUsedMs,
        row.deletedMs ?? null,
      ),
    getMany: async (projectIds) =>
      (await Promise.all(projectIds.map(get))).filter((row) => row !== undefined),
    update: async (projectId, change) => {
      const { sql, args } = assignments(change, COLUMNS)
      if (sql !== '') {
        await connection.run(`UPDATE projects SET ${sql} WHERE project_id = ?`, ...args, projectId)
      }
    },
    purge: async (projectId) => {
      await connection.batch(
        PURGED_TABLES.map((table) => ({
          sql: `DELETE FROM ${table} WHERE project_id = ?`,
          args: [projectId],
        })),
      )
    },
  }
}

export function locationStore(connection: SqlConnection): LocationStore {
  const get = async (projectId: string): Promise<LocationRow | undefined> => {
    const row = await connection.first('SELECT * FROM locations WHERE project_id = ?', projectId)
    return row && toLocation(row)
  }
  return {
    get,
    claim: async (row, expectedEpoch) => {
      if (expectedEpoch === undefined) {
        await connection.run(
          `INSERT INTO locations (project_id, host, epoch, renewed_ms) VALUES (?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          row.projectId,
          row.host,
          row.epoch,
          row.renewedMs,
        )
      } else {
        await connection.run(
          `UPDATE locations SET host = ?, epoch = ?, renewed_ms = ?
           WHERE project_id = ? AND epoch = ?`,
          row.host,
          row.epoch,
          row.renewedMs,
          row.projectId,
          expectedEpoch,
        )
      }
      return (await get(row.projectId)) ?? row
    },
  }
}

export function toProject(row: SqlRow): ProjectRow {
  return {
    projectId: text(row, 'project_id'),
    title: text(row, 'title'),
    description: text(row, 'description'),
    createdMs: integer(row, 'created_ms'),
    lastUsedMs: integer(row, 'last_used_ms'),
    deletedMs: optionalInteger(row, 'deleted_ms'),
  }
}

export function toLocation(row: SqlRow): LocationRow {
  return {
    projectId: text(row, 'project_id'),
    host: text(row, 'host'),
    epoch: integer(row, 'epoch'),
    renewedMs: integer(row, 'renewed_ms'),
  }
}
