import type { ProjectRow, ProjectStore } from '../port/projects.ts'
import { releaseBlobs } from './blob-holds.ts'
import { integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'
import { inParallel } from '../in-parallel.ts'
import { removeInvitations } from './invitations.ts'
import { removeLocation } from './locations.ts'
import { removeMembers } from './membership-change.ts'
import { stampAfter, stampOf } from './stamps.ts'

const GET = cql`
  SELECT project_id, title, description, created_ms, last_used_ms, deleted_ms
  FROM projects WHERE project_id = ?`
const WRITTEN = cql`
  SELECT created_ms, writetime(created_ms) AS w1, writetime(title) AS w2, writetime(description) AS w3,
    writetime(last_used_ms) AS w4, writetime(deleted_ms) AS w5
  FROM projects WHERE project_id = ?`
const CREATE = cql`
  INSERT INTO projects (project_id, title, description, last_used_ms, deleted_ms, created_ms)
  VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`
const UPDATE = cql`
  UPDATE projects USING TIMESTAMP ? SET title = ?, description = ?, last_used_ms = ?, deleted_ms = ?
  WHERE project_id = ?`
const REMOVE = cql`DELETE FROM projects USING TIMESTAMP ? WHERE project_id = ?`
const WRITTEN_COLUMNS = ['w1', 'w2', 'w3', 'w4', 'w5']

/** In `deleted_ms`: a number, since the timestamp of a null can't be read and a later write might not be later. */
const NOT_DELETED = 0

export function projectStore(connection: CqlConnection): ProjectStore {
  const get = async (projectId: string): Promise<ProjectRow | undefined> => {
    const row = await connection.first(GET, projectId)
    return row && isSet(row, 'created_ms') ? toProject(row) : undefined
  }
  return {
    get,
    getMany: async (projectIds) =>
      (await inParallel(projectIds, get)).filter((row) => row !== undefined),
    create: async (row) => {
      if ((await get(row.projectId)) !== undefined) return
      const { projectId, createdMs, deletedMs = NOT_DELETED } = row
      const args = changeable({ ...row, deletedMs })
      await connection.run(CREATE, projectId, ...args, createdMs, stampOf(createdMs))
    },
    update: async (projectId, change) => {
      const before = await connection.first(WRITTEN, projectId)
      if (before === undefined || !isSet(before, 'created_ms')) return
      const given = Object.hasOwn(change, 'deletedMs')
      const deletedMs = given ? (change.deletedMs ?? NOT_DELETED) : undefined
      const stamp = stampAfter(before, ...WRITTEN_COLUMNS)
      await connection.run(UPDATE, stamp, ...changeable({ ...change, deletedMs }), projectId)
    },
    // What is left of it where this is interrupted is removed when it is done again; the row goes last.
    purge: async (projectId) => {
      await removeMembers(connection, projectId)
      await removeInvitations(connection, projectId)
      await releaseBlobs(connection, projectId)
      await removeLocation(connection, projectId)
      const before = await connection.first(WRITTEN, projectId)
      await connection.run(REMOVE, stampAfter(before, ...WRITTEN_COLUMNS), projectId)
    },
  }
}

/** In the order of the columns in CREATE and UPDATE. */
function changeable(row: Partial<ProjectRow>): (string | number | undefined)[] {
  return [row.title, row.description, row.lastUsedMs, row.deletedMs]
}

export function toProject(row: CqlRow): ProjectRow {
  const deletedMs = integer(row, 'deleted_ms')
  return {
    projectId: text(row, 'project_id'),
    title: text(row, 'title'),
    description: text(row, 'description'),
    createdMs: integer(row, 'created_ms'),
    lastUsedMs: integer(row, 'last_used_ms'),
    deletedMs: deletedMs === NOT_DELETED ? undefined : deletedMs,
  }
}
