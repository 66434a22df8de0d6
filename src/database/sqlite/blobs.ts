import type { BlobRow, BlobStore } from '../port/blobs.ts'
import type { HoldRow } from '../port/scan.ts'
import { bytes, integer, optionalInteger, text } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow, SqlStatement } from './worker-protocol.ts'

/** Small enough for a row of any database, large enough that an image is a few rows. */
const CHUNK_BYTES = 256 * 1024

const HOLDERS_MAX = 100

export function blobStore(connection: SqlConnection): BlobStore {
  return {
    put: async (row, content) => {
      await connection.batch([...chunkStatements(row.sha256, content), headStatement(row)])
    },
    get: async (sha256) => {
      const row = await connection.first('SELECT * FROM blobs WHERE sha256 = ?', sha256)
      return row && toBlob(row)
    },
    read: (sha256) => readChunks(connection, sha256),
    hold: (projectId, sha256, untilMs) =>
      connection.run(
        `INSERT INTO blob_holds (sha256, project_id, until_ms) VALUES (?, ?, ?)
         ON CONFLICT (sha256, project_id) DO UPDATE SET until_ms =
           CASE WHEN until_ms IS NULL OR excluded.until_ms IS NULL THEN NULL
                ELSE max(until_ms, excluded.until_ms) END`,
        sha256,
        projectId,
        untilMs ?? null,
      ),
    isHeldBy: async (projectId, sha256) => {
      const row = await connection.first(
        'SELECT 1 AS held FROM blob_holds WHERE sha256 = ? AND project_id = ?',
        sha256,
        projectId,
      )
      return row !== undefined
    },
    holders: async (sha256) => {
      const rows = await connection.all(
        'SELECT project_id FROM blob_holds WHERE sha256 = ? LIMIT ?',
        sha256,
        HOLDERS_MAX,
      )
      return rows.map((row) => text(row, 'project_id'))
    },
    removeExpired: async (nowMs) => {
      await connection.batch([
        { sql: 'DELETE FROM blob_holds WHERE until_ms < ?', args: [nowMs] },
        // A blob is held right after it was put: a minute keeps those in between.
        {
          sql: `DELETE FROM blobs WHERE created_ms < ? AND sha256 NOT IN (SELECT sha256 FROM blob_holds)`,
          args: [nowMs - 60_000],
        },
        { sql: 'DELETE FROM blob_chunks WHERE sha256 NOT IN (SELECT sha256 FROM blobs)', args: [] },
      ])
    },
  }
}

function chunkStatements(sha256: string, content: Uint8Array): SqlStatement[] {
  const statements: SqlStatement[] = []
  for (let offset = 0; offset < content.length; offset += CHUNK_BYTES) {
    statements.push({
      sql: 'INSERT INTO blob_chunks (sha256, number, content) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      args: [sha256, offset / CHUNK_BYTES, content.slice(offset, offset + CHUNK_BYTES)],
    })
  }
  return statements
}

function headStatement(row: BlobRow): SqlStatement {
  return {
    sql: `INSERT INTO blobs (sha256, content_type, size_bytes, created_ms)
          VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    args: [row.sha256, row.contentType, row.sizeBytes, row.createdMs],
  }
}

async function* readChunks(connection: SqlConnection, sha256: string): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number++) {
    const row = await connection.first(
      'SELECT content FROM blob_chunks WHERE sha256 = ? AND number = ?',
      sha256,
      number,
    )
    if (row === undefined) return
    yield bytes(row, 'content')
  }
}

export function toBlob(row: SqlRow): BlobRow {
  return {
    sha256: text(row, 'sha256'),
    contentType: text(row, 'content_type'),
    sizeBytes: integer(row, 'size_bytes'),
    createdMs: integer(row, 'created_ms'),
  }
}

export function toHold(row: SqlRow): HoldRow {
  return {
    projectId: text(row, 'project_id'),
    sha256: text(row, 'sha256'),
    untilMs: optionalInteger(row, 'until_ms'),
  }
}
