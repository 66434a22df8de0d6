import type { LeaseRow, LeaseStore } from '../../src/database/port/leases.ts'
import type { LocationRow, LocationStore } from '../../src/database/port/projects.ts'

/** Where projects run, and the leases of hosts, kept in memory. */
export interface MemoryPlaces {
  readonly locations: LocationStore
  readonly leases: LeaseStore
}

export function memoryPlaces(): MemoryPlaces {
  const locations = new Map<string, LocationRow>()
  const leases = new Map<string, LeaseRow>()
  return {
    locations: {
      get: async (projectId) => locations.get(projectId),
      claim: async (row, expected) => {
        if (locations.get(row.projectId)?.epoch === expected) locations.set(row.projectId, row)
        return locations.get(row.projectId) ?? row
      },
    },
    leases: {
      get: async (host) => leases.get(host),
      take: async (row, expected) => {
        const { epoch, beat } = leases.get(row.host) ?? {}
        if (epoch === expected?.epoch && beat === expected?.beat) leases.set(row.host, row)
        return leases.get(row.host) ?? row
      },
      renew: async (row) => {
        const { epoch, holder } = leases.get(row.host) ?? {}
        if (epoch === row.epoch && holder === row.holder) leases.set(row.host, row)
        return leases.get(row.host)
      },
    },
  }
}
