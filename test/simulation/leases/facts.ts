import type { LeaseRow } from '../../../src/database/port/leases.ts'

export interface Location {
  readonly host: string
  readonly epoch: number
}

/** What the database decides, one transaction after the other; the contract of its ports is tested elsewhere. */
export class Facts {
  readonly leases = new Map<string, LeaseRow>()
  readonly locations = new Map<string, Location>()

  take(row: LeaseRow, expected: Pick<LeaseRow, 'epoch' | 'beat'> | undefined): LeaseRow {
    const found = this.leases.get(row.host)
    const isFree =
      expected === undefined
        ? found === undefined
        : found?.epoch === expected.epoch && found.beat === expected.beat
    if (isFree) this.leases.set(row.host, row)
    return this.leases.get(row.host) ?? row
  }

  renew(row: LeaseRow): LeaseRow | undefined {
    const found = this.leases.get(row.host)
    if (found?.epoch === row.epoch && found.holder === row.holder) this.leases.set(row.host, row)
    return this.leases.get(row.host)
  }

  claim(project: string, row: Location, expected: number | undefined): Location {
    if (this.locations.get(project)?.epoch === expected) this.locations.set(project, row)
    return this.locations.get(project) ?? row
  }
}
