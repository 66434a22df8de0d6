import { CHECK_SHARDS, DAY_MS } from './blob-holds.ts'
import { integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { inParallel } from '../in-parallel.ts'

const PROGRESS = cql`SELECT value FROM progress WHERE name = ?`
const PROCEED = cql`INSERT INTO progress (name, value) VALUES (?, ?) USING TIMESTAMP ?`
const CHECKS = cql`SELECT sha256 FROM blob_checks WHERE day = ? AND shard = ?`
const CHECKED = cql`DELETE FROM blob_checks USING TIMESTAMP ? WHERE day = ? AND shard = ?`
const HEAD = cql`SELECT size_bytes, writetime(size_bytes) AS written_us FROM blobs WHERE sha256 = ?`
const ANY_HOLDER = cql`SELECT project_id FROM blob_holds WHERE sha256 = ? LIMIT 1`
const FIRST_CHUNK = cql`
  SELECT writetime(content) AS written_us FROM blob_chunks WHERE sha256 = ? AND number = 0`
const REMOVE = cql`DELETE FROM blobs USING TIMESTAMP ? WHERE sha256 = ?`
const REMOVE_CHUNK = cql`DELETE FROM blob_chunks USING TIMESTAMP ? WHERE sha256 = ? AND number = ?`

const NAME = 'blob_checks'
/** Where no day was done before: how long checks are kept. */
const BACK_DAYS = 60
/** As `blobs.ts` writes them; a blob with smaller chunks has more of them, all of which go. */
const CHUNK_BYTES = 256 * 1024
/** Of a blob whose writing was interrupted, and of which only chunks are there: 16 MB, more than a blob may have. */
const CHUNKS_MAX = 64

/**
 * Removes blobs that nobody holds any more, among those that somebody is to look at by now: a partition for each day,
 * which is read and emptied once. Several hubs may do it at the same time.
 */
export async function sweepBlobs(connection: CqlConnection, nowMs: number): Promise<void> {
  const today = Math.floor(nowMs / DAY_MS)
  const row = await connection.first(PROGRESS, NAME)
  const shards = Array.from({ length: CHECK_SHARDS }, (_, shard) => shard)
  // A clock that was far ahead must not have days left out.
  const from = row ? Math.min(integer(row, 'value'), today) : today - BACK_DAYS
  for (let day = from; day <= today; day++) {
    await inParallel(shards, (shard) => sweepShard(connection, day, shard))
    // Today's are looked at again, since more may come. The day is the timestamp: it never goes back.
    await connection.run(PROCEED, NAME, day, day)
  }
}

async function sweepShard(connection: CqlConnection, day: number, shard: number): Promise<void> {
  const rows = await connection.all(CHECKS, day, shard)
  if (rows.length === 0) return
  for (const row of rows) await removeUnheld(connection, text(row, 'sha256'))
  await connection.run(CHECKED, day * DAY_MS * 1000, day, shard)
}

async function removeUnheld(connection: CqlConnection, sha256: string): Promise<void> {
  const head = await connection.first(HEAD, sha256)
  const written = head ?? (await connection.first(FIRST_CHUNK, sha256))
  if (written === undefined) return
  if ((await connection.first(ANY_HOLDER, sha256)) !== undefined) return
  // What is put at this moment is written with a later timestamp, and stays.
  const stamp = integer(written, 'written_us')
  const chunks = head ? Math.ceil(integer(head, 'size_bytes') / CHUNK_BYTES) : CHUNKS_MAX
  for (let number = 0; number < chunks; number++) {
    await connection.run(REMOVE_CHUNK, stamp, sha256, number)
  }
  await connection.run(REMOVE, stamp, sha256)
}
