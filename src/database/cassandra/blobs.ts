import type { BlobRow, BlobStore } from '../port/blobs.ts'
import { expectCheck, holdBlob } from './blob-holds.ts'
import { sweepBlobs } from './blob-sweep.ts'
import { bytes, integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { stampAfter } from './stamps.ts'

/** As SQLite has them: a row of that size is nothing to a node, and an image is a few of them. */
const CHUNK_BYTES = 256 * 1024
const HOLDERS_MAX = 100
/** One that nobody held since it was put goes then. */
const UNHELD_MS = 24 * 60 * 60_000

const GET = cql`
  SELECT sha256, content_type, size_bytes, created_ms, writetime(created_ms) AS w1
  FROM blobs WHERE sha256 = ?`
const PUT = cql`
  INSERT INTO blobs (sha256, content_type, size_bytes, created_ms) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`
const READ = cql`SELECT content FROM blob_chunks WHERE sha256 = ? AND number = ?`
const PUT_CHUNK = cql`
  INSERT INTO blob_chunks (sha256, number, content) VALUES (?, ?, ?) USING TIMESTAMP ?`
const HELD = cql`SELECT project_id FROM blob_holds WHERE sha256 = ? AND project_id = ?`
const HOLDERS = cql`SELECT project_id FROM blob_holds WHERE sha256 = ? LIMIT ?`

export function blobStore(connection: CqlConnection): BlobStore {
  return {
    // Written anew also where it is there: what removes it at this moment removes what was written before.
    put: async (row, content) => {
      const before = await connection.first(GET, row.sha256)
      const stamp = stampAfter(before, 'w1')
      await connection.run(...expectCheck(row.sha256, Date.now() + UNHELD_MS))
      for (let offset = 0; offset < content.length; offset += CHUNK_BYTES) {
        const chunk = Buffer.from(content.subarray(offset, offset + CHUNK_BYTES))
        await connection.run(PUT_CHUNK, row.sha256, offset / CHUNK_BYTES, chunk, stamp)
      }
      const known = before === undefined ? row : toBlob(before)
      const { sha256, contentType, sizeBytes, createdMs } = known
      await connection.run(PUT, sha256, contentType, sizeBytes, createdMs, stamp)
    },
    get: async (sha256) => {
      const row = await connection.first(GET, sha256)
      return row && toBlob(row)
    },
    read: (sha256) => readChunks(connection, sha256),
    hold: (projectId, sha256, untilMs) => holdBlob(connection, { projectId, sha256, untilMs }),
    isHeldBy: async (projectId, sha256) =>
      (await connection.first(HELD, sha256, projectId)) !== undefined,
    holders: async (sha256) =>
      (await connection.all(HOLDERS, sha256, HOLDERS_MAX)).map((row) => text(row, 'project_id')),
    removeExpired: (nowMs) => sweepBlobs(connection, nowMs),
  }
}

async function* readChunks(connection: CqlConnection, sha256: string): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number++) {
    const row = await connection.first(READ, sha256, number)
    if (row === undefined) return
    yield bytes(row, 'content')
  }
}

export function toBlob(row: Parameters<typeof text>[0]): BlobRow {
  return {
    sha256: text(row, 'sha256'),
    contentType: text(row, 'content_type'),
    sizeBytes: integer(row, 'size_bytes'),
    createdMs: integer(row, 'created_ms'),
  }
}
