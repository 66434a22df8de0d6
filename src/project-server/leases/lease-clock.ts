import { uptime } from 'node:os'

/** Time since this machine was booted, in milliseconds; never compared with another machine's. */
export interface LeaseClock {
  now(): number
  /** Calls once at that time or later, until the returned function is called. */
  at(timeMs: number, callback: () => void): () => void
}

/** Timers stand still while the machine sleeps, this clock does not: it is looked at so often at least. */
const LOOK_MS = 2_000

/** The same in each process of the machine. Goes on while the machine sleeps, which a monotonic clock need not. */
export const MACHINE_CLOCK: LeaseClock = {
  now: () => uptime() * 1000,
  at: (timeMs, callback) => {
    let timer: NodeJS.Timeout
    const look = (): void => {
      const leftMs = timeMs - uptime() * 1000
      if (leftMs <= 0) callback()
      else timer = setTimeout(look, Math.min(leftMs, LOOK_MS))
    }
    timer = setTimeout(look, Math.min(Math.max(timeMs - uptime() * 1000, 0), LOOK_MS))
    return () => clearTimeout(timer)
  },
}
