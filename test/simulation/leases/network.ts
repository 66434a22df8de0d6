import type { Random } from '../sync/random.ts'
import type { SimulatedClock, Time } from './time.ts'

const DEADLINE_MS = 1_000
const WAY_MS = 80
const LOST = 0.03
/** Of what was given up, so much is done all the same, long after. */
const LATE = 0.05
const LATE_MS = 60_000

/** Who asks: a project server, a hub. */
export interface Asker {
  readonly clock: SimulatedClock
  isCut: boolean
}

/** Requests that may be lost before they are done, or after, or be done when nobody waits for them any more. */
export class Network {
  readonly #time: Time
  readonly #random: Random
  /** Loses nothing from now on. */
  isCalm = false

  constructor(time: Time, random: Random) {
    this.#time = time
    this.#random = random
  }

  ask<T>(from: Asker, work: () => T | Promise<T>): Promise<T> {
    const { clock } = from
    return new Promise<T>((resolve, reject) => {
      const cancel = clock.at(clock.now() + DEADLINE_MS, () => reject(new Error('no answer')))
      const isLate = this.#happens(LATE)
      if (!isLate && (from.isCut || this.#happens(LOST))) return
      this.#after(isLate ? LATE_MS : WAY_MS, () => {
        const answer = (settle: () => void): void => {
          if (from.isCut || this.#happens(LOST)) return
          this.#after(WAY_MS, () =>
            clock.enter(() => {
              cancel()
              settle()
            }),
          )
        }
        Promise.resolve()
          .then(work)
          .then(
            (value) => answer(() => resolve(value)),
            (error: unknown) => answer(() => reject(error)),
          )
      })
    })
  }

  #happens(probability: number): boolean {
    return this.#random.chance(probability) && !this.isCalm
  }

  #after(limitMs: number, run: () => void): void {
    this.#time.at(this.#time.nowMs + this.#random.below(limitMs), run)
  }
}
