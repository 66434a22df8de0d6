import type { LeaseClock } from '../leases/lease-clock.ts'

/*
 *   running ── freezeMs ──> frozen ── endMs ──> ended
 *      ^                      │
 *      └────── extended ──────┘
 */

export interface LeaseTimerOptions {
  readonly clock: LeaseClock
  readonly freeze: () => void
  readonly thaw: () => void
  readonly end: () => void
}

/**
 * Stops a project in time by itself, where no renewal comes: the project server may be dead. Without a first
 * renewal there is no term, as on a single host.
 */
export class LeaseTimer {
  readonly #options: LeaseTimerOptions
  #state: 'running' | 'frozen' | 'ended' = 'running'
  #freezeMs = Infinity
  #endMs = Infinity
  #cancel: () => void = () => undefined

  constructor(options: LeaseTimerOptions) {
    this.#options = options
  }

  get state(): 'running' | 'frozen' | 'ended' {
    this.#look()
    return this.#state
  }

  /** Times of the machine's clock; older ones than are known change nothing. */
  extend(freezeMs: number, endMs: number): void {
    this.#look()
    if (this.#state === 'ended' || (endMs <= this.#endMs && this.#endMs !== Infinity)) return
    this.#freezeMs = freezeMs
    this.#endMs = endMs
    if (this.#state === 'frozen' && this.#options.clock.now() < freezeMs) {
      this.#state = 'running'
      this.#options.thaw()
    }
    this.#look()
  }

  close(): void {
    this.#cancel()
  }

  #look(): void {
    this.#cancel()
    const now = this.#options.clock.now()
    if (this.#state !== 'ended' && now >= this.#endMs) {
      this.#state = 'ended'
      this.#options.end()
    } else if (this.#state === 'running' && now >= this.#freezeMs) {
      this.#state = 'frozen'
      this.#options.freeze()
    }
    const nextMs = { running: this.#freezeMs, frozen: this.#endMs, ended: Infinity }[this.#state]
    if (nextMs !== Infinity) this.#cancel = this.#options.clock.at(nextMs, () => this.#look())
  }
}
