import type { LeaseRow, LeaseStore } from '../port/leases.ts'
import { integer, text } from './columns.ts'
import type { SqlConnection } from './connection.ts'

export function leaseStore(connection: SqlConnection): LeaseStore {
  const get = async (host: string): Promise<LeaseRow | undefined> => {
    const row = await connection.first('SELECT * FROM host_leases WHERE host = ?', host)
    return (
      row && {
        host: text(row, 'host'),
        epoch: integer(row, 'epoch'),
        holder: text(row, 'holder'),
        beat: text(row, 'beat'),
      }
    )
  }
  return {
    get,
    take: async (row, expected) => {
      if (expected === undefined) {
        await connection.run(
          `INSERT INTO host_leases (host, epoch, holder, beat) VALUES (?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
          row.host,
          row.epoch,
          row.holder,
          row.beat,
        )
      } else {
        await connection.run(
          `UPDATE host_leases SET epoch = ?, holder = ?, beat = ?
           WHERE host = ? AND epoch = ? AND beat = ?`,
          row.epoch,
          row.holder,
          row.beat,
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
        'UPDATE host_leases SET beat = ? WHERE host = ? AND epoch = ? AND holder = ?',
        row.beat,
        row.host,
        row.epoch,
        row.holder,
      )
      return get(row.host)
    },
  }
}
