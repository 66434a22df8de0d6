import { takeAfter } from '../../daemon/lease-times.ts'
import type { LeaseStore } from '../../database/port/leases.ts'

export interface BreakLease {
  readonly leases: LeaseStore
  readonly host: string
  readonly newBeat: () => string
  /** Resolves that much later, by a clock that does not jump. */
  readonly wait: (ms: number) => Promise<void>
}

/**
 * Takes the lease of a host that does not renew it: a term and a margin after this hub first looked, so that clocks
 * are never compared. False where the host has renewed it meanwhile: it lives.
 * @throws DatabaseAway; may be asked again
 */
export async function breakLease({ leases, host, newBeat, wait }: BreakLease): Promise<boolean> {
  const seen = await leases.get(host)
  // Without a lease it never had a right to run anything.
  if (seen === undefined || seen.holder === '') return true
  await wait(takeAfter(seen.termMs))
  const broken = { ...seen, epoch: seen.epoch + 1, holder: '', beat: newBeat() }
  const row = await leases.take(broken, seen)
  return row.holder === ''
}
