import type { LeaseClock } from '../../../src/project-server/leases/lease-clock.ts'

interface Event {
  readonly timeMs: number
  readonly number: number
  readonly run: () => void
  isCancelled: boolean
}

/** Continuations of promises that one event may set off, one after the other. */
const TURNS = 24

/** The true time, in which events happen one by one. */
export class Time {
  nowMs = 0
  #events: Event[] = []
  #numbers = 0

  at(timeMs: number, run: () => void): () => void {
    const event: Event = {
      timeMs: Math.max(timeMs, this.nowMs),
      number: this.#numbers++,
      run,
      isCancelled: false,
    }
    this.#events.push(event)
    return () => {
      event.isCancelled = true
    }
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(this.nowMs + ms, resolve)
    })
  }

  /** Until `endMs`; `onEvent` is called after each event and all that follows from it at once. */
  async run(endMs: number, onEvent: () => void): Promise<void> {
    for (;;) {
      const next = this.#takeFirst(endMs)
      if (next === undefined) break
      this.nowMs = next.timeMs
      next.run()
      for (let turn = 0; turn < TURNS; turn++) await Promise.resolve()
      onEvent()
    }
    this.nowMs = endMs
  }

  #takeFirst(endMs: number): Event | undefined {
    this.#events = this.#events.filter((event) => !event.isCancelled)
    let first: Event | undefined
    for (const event of this.#events) {
      if (first === undefined || isBefore(event, first)) first = event
    }
    if (first === undefined || first.timeMs > endMs) return undefined
    first.isCancelled = true
    return first
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.number < other.number)
}

/** A machine's or a process' view of the time: skewed, of another speed, and standing still while it is paused. */
export class SimulatedClock implements LeaseClock {
  readonly #time: Time
  readonly #offsetMs: number
  readonly #speed: number
  #held: (() => void)[] | undefined

  constructor(time: Time, offsetMs: number, speed: number) {
    this.#time = time
    this.#offsetMs = offsetMs
    this.#speed = speed
  }

  now(): number {
    return this.#offsetMs + this.#time.nowMs * this.#speed
  }

  at(timeMs: number, callback: () => void): () => void {
    let isCancelled = false
    const trueMs = (timeMs - this.#offsetMs) / this.#speed
    // Never a moment early, by rounding.
    const cancel = this.#time.at(trueMs + 0.001, () =>
      this.enter(() => {
        if (!isCancelled) callback()
      }),
    )
    return () => {
      isCancelled = true
      cancel()
    }
  }

  /** What reaches a paused process happens when it goes on. */
  enter(work: () => void): void {
    if (this.#held) this.#held.push(work)
    else work()
  }

  pause(): void {
    this.#held ??= []
  }

  get isPaused(): boolean {
    return this.#held !== undefined
  }

  resume(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const work of held) work()
  }
}
