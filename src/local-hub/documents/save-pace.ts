/** Between two saves of a thread that nobody asked for, in milliseconds: they take no more than some percent of it. */
const GAP_MS = 150
/** A save that took long is followed by a gap of so many times that: the disk has others to serve. */
const GAP_OF_SAVE = 20
/** Where a document can't be saved, people are told within five seconds: no gap is longer, in milliseconds. */
const GAP_MS_MAX = 3_000
/** However many documents are edited at once, each is saved after about so long, in milliseconds. */
const WAIT_MS_MAX = 15_000

/** Timers are no finer than this, in milliseconds: what is due within it is due. */
const TIMER_MS = 1

/**
 * The saves of all documents of a thread, one after another with gaps. One document is saved as soon as it is due; of
 * many that are edited at once each waits for its turn, and what is typed meanwhile is saved with it. The journal has
 * all of it.
 */
export class SavePace {
  /** The oldest first. */
  readonly #due = new Set<() => void>()
  /** A timer runs. */
  #waits = false
  /** By the clock of `performance`. */
  #nextAt = 0
  #slowGapMs = 0

  /** It is to be saved: now, or when the pace lets it. */
  due(save: () => void): void {
    if (this.#due.size === 0 && performance.now() >= this.#nextAt) return this.#run(save)
    this.#due.add(save)
    this.#wait()
  }

  /** It need not be saved any more. */
  cancel(save: () => void): void {
    this.#due.delete(save)
  }

  /** A save took so long. */
  took(ms: number): void {
    this.#slowGapMs = Math.min(GAP_MS_MAX, ms * GAP_OF_SAVE)
    this.#nextAt = Math.max(this.#nextAt, performance.now() + this.#gapMs)
  }

  /** The disk takes nothing more: all are tried, so that all are told of it. */
  hurry(): void {
    const all = [...this.#due]
    this.#due.clear()
    for (const save of all) save()
  }

  get #gapMs(): number {
    const share = WAIT_MS_MAX / Math.max(1, this.#due.size)
    return Math.min(share, Math.max(GAP_MS, this.#slowGapMs))
  }

  #run(save: () => void): void {
    this.#nextAt = performance.now() + this.#gapMs
    save()
  }

  #wait(): void {
    if (this.#waits) return
    this.#waits = true
    setTimeout(() => this.#next(), this.#nextAt - performance.now())
  }

  #next(): void {
    this.#waits = false
    // A save that ended meanwhile may have taken long.
    if (performance.now() < this.#nextAt - TIMER_MS) return this.#wait()
    const [save] = this.#due
    if (save === undefined) return
    this.#due.delete(save)
    this.#run(save)
    if (this.#due.size > 0) this.#wait()
  }
}
