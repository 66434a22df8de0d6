import type { LocationRow, LocationStore } from '../port/projects.ts'
import { integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'

const GET = cql`SELECT project_id, host, epoch, renewed_ms FROM locations WHERE project_id = ?`
const FIRST = cql`
  INSERT INTO locations (project_id, host, epoch, renewed_ms) VALUES (?, ?, ?, ?) IF NOT EXISTS`
const NEXT = cql`
  UPDATE locations SET host = ?, epoch = ?, renewed_ms = ? WHERE project_id = ? IF epoch = ?`
const REMOVE = cql`DELETE FROM locations WHERE project_id = ? IF EXISTS`

/** Decided over all datacenters: what was answered once is what holds, or was followed by a higher epoch. */
export function locationStore(connection: CqlConnection): LocationStore {
  return {
    get: async (projectId) => {
      const row = await connection.first(GET, projectId)
      return row && toLocation(row)
    },
    claim: async (row, expectedEpoch) => {
      const { projectId, host, epoch, renewedMs } = row
      const { applied } = await connection.decide([
        expectedEpoch === undefined
          ? { cql: FIRST, args: [projectId, host, epoch, renewedMs] }
          : { cql: NEXT, args: [host, epoch, renewedMs, projectId, expectedEpoch] },
      ])
      if (applied) return row
      // Somebody was first; or an earlier try was applied and its answer lost, and then this reads what it wrote.
      const [found] = await connection.decided(GET, projectId)
      return found === undefined ? row : toLocation(found)
    },
  }
}

export async function removeLocation(connection: CqlConnection, projectId: string): Promise<void> {
  await connection.decide([{ cql: REMOVE, args: [projectId] }])
}

export function toLocation(row: CqlRow): LocationRow {
  return {
    projectId: text(row, 'project_id'),
    host: text(row, 'host'),
    epoch: integer(row, 'epoch'),
    renewedMs: integer(row, 'renewed_ms'),
  }
}
