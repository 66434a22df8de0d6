import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { LeaseState } from '../../messages/hub-project-server.ts'
import { CodedError } from '../../util/coded-error.ts'
import { HostLease } from './host-lease.ts'
import type { Hold } from './host-lease.ts'
import type { Hubs } from './hubs.ts'
import { MACHINE_CLOCK } from './lease-clock.ts'

/** Who asks for a project waits so long for the lease, as after a restart of this host. */
const HELD_MS = 10_000

/** Until when projects may go on, by the machine's clock. */
export interface LeaseTimes {
  readonly freezeMs: number
  readonly endMs: number
}

/** What says whether projects may start on this host. */
export interface HostRight {
  readonly state: LeaseState
  /** Undefined where hosts need no lease, or none was granted yet. */
  readonly times: LeaseTimes | undefined
  /** The hold in which a start has to happen. @throws CodedError `unavailable` */
  held(): Promise<Hold>
  hubIsBack(): void
  close(): void
}

/** Of the only host of an installation: nobody else could take its projects. */
export function endlessRight(): HostRight {
  const hold = new AbortController().signal
  return {
    state: 'held',
    times: undefined,
    held: () => Promise.resolve(hold),
    hubIsBack: () => undefined,
    close: () => undefined,
  }
}

export interface LeasedRightOptions {
  readonly dataDir: string
  readonly termMs: number
  readonly hubs: Hubs
  readonly logger: Logger
  readonly onExtended: (times: LeaseTimes) => void
  /** Resolves when no project is left. */
  readonly endAll: () => Promise<void>
}

/** The right of one host of several, from the database. */
export async function leasedRight(options: LeasedRightOptions): Promise<HostRight> {
  const { dataDir, termMs, hubs, logger, onExtended, endAll } = options
  let times: LeaseTimes | undefined
  const lease = new HostLease({
    holder: await readHolder(dataDir),
    termMs,
    clock: MACHINE_CLOCK,
    newBeat: randomUUID,
    renew: async (row) => (await hubs.ask('renew_host_lease', row)).lease,
    take: async (row, expected) =>
      (
        await hubs.ask('take_host_lease', {
          ...row,
          ...(expected ? { expected: named(expected) } : {}),
        })
      ).lease,
    onExtended: (freezeMs, endMs) => {
      times = { freezeMs, endMs }
      onExtended(times)
    },
    endAll,
    onState: (state, why) => logger[state === 'held' ? 'info' : 'warn']({ state, why }, 'lease'),
  })
  lease.start()
  return {
    get state() {
      return lease.state
    },
    get times() {
      return times
    },
    held: () => heldWithin(lease, HELD_MS),
    hubIsBack: () => lease.hubIsBack(),
    close: () => lease.close(),
  }
}

function named({ epoch, beat }: { epoch: number; beat: string }): { epoch: number; beat: string } {
  return { epoch, beat }
}

async function heldWithin(lease: HostLease, ms: number): Promise<Hold> {
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(), ms)
  try {
    return await lease.held(waiting.signal)
  } catch (error) {
    const why = `this host has no right to run projects now (its lease is ${lease.state}): it can't reach the database`
    throw new CodedError<ErrorCode>('unavailable', why, { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The name under which this data directory holds its host's lease: another one that was configured with the same
 * host's name by mistake gets no lease while this one renews it.
 */
async function readHolder(dataDir: string): Promise<string> {
  const file = join(dataDir, 'lease-holder')
  if (!existsSync(file)) {
    await writeFile(`${file}.new`, `${randomUUID()}\n`, { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return (await readFile(file, 'utf8')).trim()
}
