import type { TokenRow, TokenStore } from '../port/tokens.ts'
import { integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { secondsUntil, stampOf } from './stamps.ts'
import { takeOnce } from './takes.ts'

const GET = cql`
  SELECT created_ms, expires_ms, data FROM tokens WHERE purpose = ? AND token_hash = ?`
const CREATE = cql`
  INSERT INTO tokens (purpose, token_hash, created_ms, expires_ms, data) VALUES (?, ?, ?, ?, ?)
  USING TIMESTAMP ? AND TTL ?`
const REMOVE = cql`DELETE FROM tokens USING TIMESTAMP ? WHERE purpose = ? AND token_hash = ?`

/** Who took a token stays known for longer than the token itself may be seen by a node that was away. */
const TAKEN_FOR_MS = 2 * 24 * 60 * 60_000

export function tokenStore(connection: CqlConnection): TokenStore {
  const get: TokenStore['get'] = async (purpose, tokenHash) => {
    const row = await connection.first(GET, purpose, tokenHash)
    return (
      row && {
        purpose,
        tokenHash,
        createdMs: integer(row, 'created_ms'),
        expiresMs: integer(row, 'expires_ms'),
        data: text(row, 'data'),
      }
    )
  }
  return {
    get,
    create: async ({ purpose, tokenHash, createdMs, expiresMs, data }: TokenRow) => {
      const stamp = stampOf(createdMs)
      const ttlS = secondsUntil(expiresMs)
      await connection.run(CREATE, purpose, tokenHash, createdMs, expiresMs, data, stamp, ttlS)
    },
    take: async (purpose, tokenHash) => {
      const row = await get(purpose, tokenHash)
      if (row === undefined) return undefined
      const ttlS = secondsUntil(Math.max(row.expiresMs, Date.now()) + TAKEN_FOR_MS)
      const kind = `token ${purpose}`
      if (!(await takeOnce(connection, { kind, name: tokenHash, ttlS }))) return undefined
      await connection.run(REMOVE, stampOf(row.createdMs) + 1, purpose, tokenHash)
      return row
    },
    removeExpired: async () => undefined,
  }
}
