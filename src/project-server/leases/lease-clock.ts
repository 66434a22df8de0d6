import { uptime } from 'node:os'

/** Time since this machine was booted, in milliseconds; never compared with another machine's. */
export interface LeaseClock {
  now(): number
  /** Calls once at that time or later, until the returned function is called. */
  at(timeMs: number, callback: () => void): () => void
}

/** The same in each process of the machine. Goes on while the machine sleeps, which a monotonic clock need not. */
export const MACHINE_CLOCK: LeaseClock = {
  now: () => uptime() * 1000,
  at: (timeMs, callback) => {
    const timer = setTimeout(callback, Math.max(timeMs - uptime() * 1000, 0))
    return () => clearTimeout(timer)
  },
}
