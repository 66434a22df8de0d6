import { createHash } from 'node:crypto'

import { text } from './columns.ts'
import { cql } from './cql.ts'
import type { Cql, CqlConnection, CqlStatement, CqlValue } from './cql.ts'
import { secondsUntil, stampOf } from './stamps.ts'

export const DAY_MS = 24 * 60 * 60_000
/** Partitions of the blobs of a project, and of those that are to be looked at on one day. */
export const PROJECT_SHARDS = 16
export const CHECK_SHARDS = 16
/** Checks are done within a day; a month of them is kept for an installation that was stopped. */
const CHECK_TTL_S = 60 * 24 * 60 * 60

const HOLD = cql`
  INSERT INTO blob_holds (sha256, project_id, until_ms) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const HOLD_BY_PROJECT = cql`
  INSERT INTO blobs_by_project (project_id, shard, sha256, until_ms) VALUES (?, ?, ?, ?)
  USING TIMESTAMP ? AND TTL ?`
const OF_PROJECT = cql`SELECT sha256 FROM blobs_by_project WHERE project_id = ? AND shard = ?`
const RELEASE = cql`DELETE FROM blob_holds USING TIMESTAMP ? WHERE sha256 = ? AND project_id = ?`
const RELEASE_BY_PROJECT = cql`
  DELETE FROM blobs_by_project USING TIMESTAMP ? WHERE project_id = ? AND shard = ? AND sha256 = ?`
const CHECK = cql`
  INSERT INTO blob_checks (day, shard, sha256) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?`

/** The timestamp of a hold is its end: the longest wins, whichever came first. For ever is the year 2200. */
export const FOR_EVER_MS = Date.UTC(2200, 0)
/** What is held for longer stays as long as its project. */
const HOLD_MAX_MS = 2 * 365 * DAY_MS
/** A TTL of 0: the row stays. */
const STAYS = 0

export interface Hold {
  readonly projectId: string
  readonly sha256: string
  readonly untilMs: number | undefined
}

export async function holdBlob(connection: CqlConnection, hold: Hold): Promise<void> {
  const { projectId, sha256, untilMs = FOR_EVER_MS } = hold
  const stays = untilMs > Date.now() + HOLD_MAX_MS
  const endMs = stays ? FOR_EVER_MS : untilMs
  const ttlS = stays ? STAYS : secondsUntil(endMs)
  const written = [stampOf(endMs), ttlS]
  const shard = shardOf(sha256, PROJECT_SHARDS)
  const [check, ...args] = expectCheck(sha256, endMs)
  await connection.batch([
    { cql: HOLD, args: [sha256, projectId, endMs, ...written] },
    { cql: HOLD_BY_PROJECT, args: [projectId, shard, sha256, endMs, ...written] },
    ...(stays ? [] : [{ cql: check, args }]),
  ])
}

/** All holds of a project that goes. Blobs that nobody else holds go a day later. */
export async function releaseBlobs(connection: CqlConnection, projectId: string): Promise<void> {
  const stamp = stampOf(FOR_EVER_MS) + 1
  for (let shard = 0; shard < PROJECT_SHARDS; shard++) {
    for (const row of await connection.all(OF_PROJECT, projectId, shard)) {
      const sha256 = text(row, 'sha256')
      const [check, ...args] = expectCheck(sha256, Date.now())
      const statements: CqlStatement[] = [
        { cql: check, args },
        { cql: RELEASE, args: [stamp, sha256, projectId] },
        { cql: RELEASE_BY_PROJECT, args: [stamp, projectId, shard, sha256] },
      ]
      await connection.batch(statements)
    }
  }
}

/** Has somebody look, two days later, whether the blob is still held: a day that no clock has reached by now. */
export function expectCheck(sha256: string, afterMs: number): [Cql, ...CqlValue[]] {
  const fromMs = Math.max(afterMs, Date.now())
  const day = Math.floor(fromMs / DAY_MS) + 2
  const shard = shardOf(sha256, CHECK_SHARDS)
  const ttlS = secondsUntil(fromMs) + CHECK_TTL_S
  return [CHECK, day, shard, sha256, stampOf(day * DAY_MS), ttlS]
}

function shardOf(sha256: string, shards: number): number {
  return (createHash('sha256').update(sha256).digest()[0] ?? 0) % shards
}
