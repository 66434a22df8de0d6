import type { Claim, ClaimStore } from '../port/claims.ts'
import { integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'

const GET = cql`SELECT owner, claimed_ms FROM claims WHERE kind = ? AND name = ?`
const CLAIM = cql`INSERT INTO claims (kind, name, owner, claimed_ms) VALUES (?, ?, ?, ?) IF NOT EXISTS`
const RELEASE = cql`DELETE FROM claims WHERE kind = ? AND name = ? IF owner = ?`

/**
 * Unique facts, by lightweight transactions. One that timed out may have been applied: it is tried again, finds the
 * owner, and knows itself by it.
 */
export function claimStore(connection: CqlConnection): ClaimStore {
  return {
    claim: async (kind, name, owner, nowMs) => {
      const decision = await connection.decide([{ cql: CLAIM, args: [kind, name, owner, nowMs] }])
      const { applied, row } = decision
      if (applied || row === undefined) return { owner, claimedMs: nowMs }
      return toClaim(row)
    },
    get: async (kind, name) => {
      const row = await connection.first(GET, kind, name)
      return row && toClaim(row)
    },
    release: async (kind, name, owner) => {
      await connection.decide([{ cql: RELEASE, args: [kind, name, owner] }])
    },
  }
}

export function toClaim(row: CqlRow): Claim {
  return { owner: text(row, 'owner'), claimedMs: integer(row, 'claimed_ms') }
}
