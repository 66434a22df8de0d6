/** Saved when nobody typed for so long, in milliseconds, */
const QUIET_MS = 300
/** and at the latest so long after the first change. */
const LATEST_MS = 2_000
/** A save that took long is followed by a pause of so many times that: the disk has others to serve. */
const PAUSE_OF_SAVE = 20
/** People are told within five seconds where a document can't be saved: no pause is longer, in milliseconds. */
const PAUSE_MS_MAX = 3_000

/**
 * When a document is to be saved. Where many documents are, saves wait for each other and take long: each then waits
 * longer for more to be typed, and all together take no more of the disk and the processor than a share.
 */
export class SaveTimer {
  readonly #save: () => void
  #quiet: NodeJS.Timeout | undefined
  #latest: NodeJS.Timeout | undefined
  /** By the clock of `performance`. */
  #pausedUntil = 0

  constructor(save: () => void) {
    this.#save = save
  }

  changed(): void {
    const paused = this.#pausedUntil - performance.now()
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#fire(), Math.max(QUIET_MS, paused))
    this.#latest ??= setTimeout(() => this.#fire(), Math.max(LATEST_MS, paused))
  }

  /** A save took so long. */
  took(ms: number): void {
    this.#pausedUntil = performance.now() + Math.min(PAUSE_MS_MAX, ms * PAUSE_OF_SAVE)
  }

  /** It could not be saved: tried again later, or with the next change. */
  again(afterMs: number): void {
    this.#latest ??= setTimeout(() => this.#fire(), afterMs)
  }

  stop(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#latest)
    this.#latest = undefined
  }

  #fire(): void {
    this.stop()
    this.#save()
  }
}
