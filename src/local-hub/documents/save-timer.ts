import type { SavePace } from './save-pace.ts'

/** Saved when nobody typed for so long, in milliseconds, */
const QUIET_MS = 300
/** and at the latest so long after the first change; where many documents are, when it is their turn. */
const LATEST_MS = 2_000

/** Timers are no finer than this, in milliseconds: what is due within it is due. */
const TIMER_MS = 1

/**
 * When a document is to be saved.
 *
 *     idle ──changed──> waiting ──quiet, or latest──> due ──its turn──> idle
 */
export class SaveTimer {
  readonly #pace: SavePace
  readonly #fire: () => void
  #state: 'idle' | 'waiting' | 'due' = 'idle'
  #timer: NodeJS.Timeout | undefined
  /** By the clock of `performance`. */
  #firstAt = 0
  #lastAt = 0

  constructor(pace: SavePace, save: () => void) {
    this.#pace = pace
    this.#fire = () => {
      this.#state = 'idle'
      save()
    }
  }

  /** Costs nothing while it waits: a timer looks at what happened since. */
  changed(): void {
    this.#lastAt = performance.now()
    if (this.#state !== 'idle') return
    this.#firstAt = this.#lastAt
    this.#wait(QUIET_MS)
  }

  /** It could not be saved: tried again later. */
  again(afterMs: number): void {
    if (this.#state !== 'idle') return
    this.#firstAt = this.#lastAt = -Infinity
    this.#wait(afterMs)
  }

  /** Nobody is there to go on typing: saved now, where it waits for that. */
  now(): void {
    if (this.#state === 'idle') return
    this.stop()
    this.#fire()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#pace.cancel(this.#fire)
    this.#state = 'idle'
  }

  #wait(ms: number): void {
    this.#state = 'waiting'
    this.#timer = setTimeout(this.#look, ms)
  }

  readonly #look = (): void => {
    const dueAt = Math.min(this.#lastAt + QUIET_MS, this.#firstAt + LATEST_MS)
    const waitMs = dueAt - performance.now()
    if (waitMs >= TIMER_MS) return this.#wait(waitMs)
    this.#state = 'due'
    this.#pace.due(this.#fire)
  }
}
