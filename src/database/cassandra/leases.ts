import type { LeaseRow, LeaseStore } from '../port/leases.ts'
import { integer, text } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection, CqlRow } from './cql.ts'

const GET = cql`SELECT host, epoch, holder, beat, term_ms FROM host_leases WHERE host = ?`
const FIRST = cql`INSERT INTO host_leases (host, epoch, holder, beat, term_ms) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`
const NEXT = cql`
  UPDATE host_leases SET epoch = ?, holder = ?, beat = ?, term_ms = ? WHERE host = ? IF epoch = ? AND beat = ?`
const RENEW = cql`UPDATE host_leases SET beat = ?, term_ms = ? WHERE host = ? IF epoch = ? AND holder = ?`

/**
 * Decided over all datacenters, reads too: what a datacenter of its own remembers might be older than a lease that
 * another one gave away. Who tries again after a lost answer finds its own holder and beat.
 */
export function leaseStore(connection: CqlConnection): LeaseStore {
  const get = async (host: string): Promise<LeaseRow | undefined> => {
    const [row] = await connection.decided(GET, host)
    return row && toLease(row)
  }
  return {
    get,
    take: async (row, expected) => {
      const { host, epoch, holder, beat, termMs } = row
      const { applied } = await connection.decide([
        expected === undefined
          ? { cql: FIRST, args: [host, epoch, holder, beat, termMs] }
          : { cql: NEXT, args: [epoch, holder, beat, termMs, host, expected.epoch, expected.beat] },
      ])
      // Leases are never deleted.
      return applied ? row : ((await get(host)) ?? row)
    },
    renew: async (row) => {
      const { host, epoch, holder, beat, termMs } = row
      const { applied } = await connection.decide([
        { cql: RENEW, args: [beat, termMs, host, epoch, holder] },
      ])
      return applied ? row : get(host)
    },
  }
}

export function toLease(row: CqlRow): LeaseRow {
  return {
    host: text(row, 'host'),
    epoch: integer(row, 'epoch'),
    holder: text(row, 'holder'),
    beat: text(row, 'beat'),
    termMs: integer(row, 'term_ms'),
  }
}
