import type { LeaseRow, LeaseStore } from '../port/leases.ts'
import { integer, text } from './columns.ts'
import type { SqlConnection } from './connection.ts'
import type { SqlRow } from './worker-protocol.ts'

export function leaseStore(connection: SqlConnection): LeaseStore {
  const get = async (host: string): Promise<LeaseRow | undefined> => {
    const row = await connection.first('SELECT * FROM host_leases WHERE host = ?', host)
    return row && toLease(row)
  }
  return {
    get,
    take: async (row, expected) => {
      if (expected === undefined) {
        await connection.run(
          `INSERT INTO host_leases (host, epoch, holder, beat, term_ms) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          row.host,
          row.epoch,
          row.holder,
          row.beat,
          row.termMs,
        )
      } else {
        await connection.run(
          `UPDATE host_leases SET epoch = ?, holder = ?, beat = ?, term_ms = ?
           WHERE host = ? AND epoch = ? AND beat = ?`,
          row.epoch,
          row.holder,
          row.beat,
          row.termMs,
          row.host,
          expected.epoch,
          expected.beat,
        )
      }
      // Leases are never deleted.
      return (await get(row.host)) ?? row
    },
    renew: async (row) => {
      await connection.run(
        `UPDATE host_leases SET beat = ?, term_ms = ?
         WHERE host = ? AND epoch = ? AND holder = ?`,
        row.beat,
        row.termMs,
        row.host,
        row.epoch,
        row.holder,
      )
      return get(row.host)
    },
  }
}

export function toLease(row: SqlRow): LeaseRow {
  return {
    host: text(row, 'host'),
    epoch: integer(row, 'epoch'),
    holder: text(row, 'holder'),
    beat: text(row, 'beat'),
    termMs: integer(row, 'term_ms'),
  }
}
