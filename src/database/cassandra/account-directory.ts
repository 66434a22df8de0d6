import { createHash } from 'node:crypto'

import { integer, isSet, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlStatement } from './cql.ts'
import { inParallel } from '../in-parallel.ts'

/** 10,000 entries each, of some 150 bytes, at 2.5 million accounts. */
const BUCKETS = 256

const ENTRIES = cql`SELECT account_id, name, email, created_ms FROM account_directory WHERE bucket = ?`
const COUNT = cql`SELECT count(*) AS accounts FROM account_directory WHERE bucket = ?`
const OWNER = cql`SELECT owner FROM claims WHERE kind = ? AND name = ?`
const PUT = cql`
  INSERT INTO account_directory (bucket, account_id, name, email, created_ms) VALUES (?, ?, ?, ?, ?)
  USING TIMESTAMP ?`

interface Entry {
  readonly accountId: string
  readonly name: string
  readonly email: string
  readonly createdMs: number
}

/** Names and addresses of all accounts, in buckets that are read one after another: for the administrator alone. */
export function createDirectory(connection: CqlConnection): {
  search(part: string, limit: number): Promise<string[]>
  count(): Promise<number>
} {
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
  return {
    /** Oldest first, as many as asked; reads all, but for a whole address. */
    search: async (part, limit) => {
      const wanted = part.toLowerCase()
      const owner = await connection.first(OWNER, 'email', wanted)
      if (owner !== undefined) return [text(owner, 'owner')]
      const found = await inParallel(buckets, async (bucket) =>
        (await connection.all(ENTRIES, bucket))
          .filter((row) => isSet(row, 'created_ms'))
          .map((row) => ({
            accountId: text(row, 'account_id'),
            createdMs: integer(row, 'created_ms'),
            words: `${text(row, 'name')}\n${text(row, 'email')}`.toLowerCase(),
          }))
          .filter((entry) => entry.words.includes(wanted)),
      )
      return found
        .flat()
        .toSorted((a, b) => a.createdMs - b.createdMs)
        .slice(0, limit)
        .map((entry) => entry.accountId)
    },
    count: async () => {
      const counts = await inParallel(buckets, (bucket) => connection.first(COUNT, bucket))
      return counts.reduce((sum, row) => sum + (row ? integer(row, 'accounts') : 0), 0)
    },
  }
}

export function renewEntry(entry: Entry, stamp: number): CqlStatement {
  const { accountId, name, email, createdMs } = entry
  return { cql: PUT, args: [bucketOf(accountId), accountId, name, email, createdMs, stamp] }
}

function bucketOf(accountId: string): number {
  return createHash('sha256').update(accountId).digest()[0] ?? 0
}
