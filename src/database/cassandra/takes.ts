import { randomUUID } from 'node:crypto'

import { text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'

const TAKE = cql`INSERT INTO takes (kind, name, taker) VALUES (?, ?, ?) IF NOT EXISTS USING TTL ?`

/**
 * Whether this call is the one to use what can be used once. Its own table, written by lightweight transactions alone:
 * of what is also written without them, they would not see the latest.
 */
export async function takeOnce(
  connection: CqlConnection,
  what: { readonly kind: string; readonly name: string; readonly ttlS: number },
): Promise<boolean> {
  const taker = randomUUID()
  const decision = await connection.decide([
    { cql: TAKE, args: [what.kind, what.name, taker, what.ttlS] },
  ])
  return decision.applied || (decision.row !== undefined && text(decision.row, 'taker') === taker)
}
