import type { Database } from '../../database/port/database.ts'
import type { LeaseRow } from '../../database/port/leases.ts'
import type { RequestHandlers } from '../../messages/dispatch.ts'
import type { projectServerToHub } from '../../messages/hub-project-server.ts'

/** What a project server asks of the database, through this hub: for its own host, whatever it writes. */
export function hostClaims(
  { locations, leases }: Pick<Database, 'locations' | 'leases'>,
  host: string,
): RequestHandlers<typeof projectServerToHub, object> {
  return {
    claim_project: async ({ projectId, epoch, expected }) => {
      const row = { projectId, host, epoch, renewedMs: 0 }
      const found = await locations.claim(row, expected)
      return { host: found.host, epoch: found.epoch }
    },
    renew_host_lease: async (row) => {
      const found = await leases.renew(toRow(host, row))
      return found === undefined ? {} : { lease: fromRow(found) }
    },
    take_host_lease: async ({ expected, ...row }) => ({
      lease: fromRow(await leases.take(toRow(host, row), expected)),
    }),
  }
}

type Lease = Omit<LeaseRow, 'host'>

function toRow(host: string, { epoch, holder, beat, termMs }: Lease): LeaseRow {
  return { host, epoch, holder, beat, termMs }
}

function fromRow({ epoch, holder, beat, termMs }: LeaseRow): Lease {
  return { epoch, holder, beat, termMs }
}
