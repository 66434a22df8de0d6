import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Hold } from './host-lease.ts'

export interface StartUnderLease<T> {
  /** The hold in which the whole start must happen. */
  readonly hold: Hold
  readonly host: string
  /** The epoch in which the asker found the project, undefined for one that never ran. */
  readonly foundEpoch: number | undefined
  /** How much higher than the found one the new epoch is, at least 1: no two claims ever write the same. */
  readonly step: () => number
  /** Writes where the project runs, if the epoch there is still the found one; answers what holds then. */
  readonly claim: (
    epoch: number,
    expected: number | undefined,
  ) => Promise<{ readonly host: string; readonly epoch: number }>
  /** Calls `check` at the last moment before anything of the project runs, with nothing awaited in between. */
  readonly start: (epoch: number, check: () => void) => Promise<T>
}

/**
 * No two claims of a project may write the same epoch: who finds its own epoch there must know that it was written
 * in this hold, and by no earlier one of the same host. Small enough for 8 thousand million starts of a project.
 */
export const EPOCH_STEP_MAX = 2 ** 20

/**
 * Each start claims the project with an epoch of its own, so that what was asked or written before it, and arrives
 * late, changes nothing.
 * @throws CodedError `conflict` where the project has been claimed meanwhile, `unavailable` where the lease ended
 */
export async function startUnderLease<T>(options: StartUnderLease<T>): Promise<T> {
  const { hold, host, foundEpoch, step, claim, start } = options
  const epoch = (foundEpoch ?? 0) + step()
  const row = await claim(epoch, foundEpoch)
  if (row.host !== host || row.epoch !== epoch) {
    throw new CodedError<ErrorCode>('conflict', `the project was claimed for ${row.host} meanwhile`)
  }
  return start(epoch, () => {
    // Who has broken the lease meanwhile may have claimed the project after this.
    if (!hold.aborted) return
    throw new CodedError<ErrorCode>('unavailable', `${host} has lost its right to run projects`)
  })
}
