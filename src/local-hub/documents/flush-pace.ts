/** What was written is brought to the disk this much later at most, in milliseconds, where nobody waits for it. */
const FLUSH_MS = 100

/** So many at a time, of the four threads that Node has for files: one stays for who reads. */
const FLUSHES_AT_ONCE = 3

/**
 * Brings the journals of a thread to the disk, all that were written to at the same moments: however many documents
 * are edited, the thread wakes ten times a second for it, and the file system writes them together.
 */
export class FlushPace {
  readonly #waiting = new Set<() => Promise<void>>()
  readonly #due = new Set<() => Promise<void>>()
  #running = 0
  #timer: NodeJS.Timeout | undefined

  /** Calls it within a tenth of a second, once. It must not be rejected. */
  soon(flush: () => Promise<void>): void {
    this.#waiting.add(flush)
    this.#timer ??= setTimeout(() => this.#pass(), FLUSH_MS)
  }

  /** It need not be called any more. */
  cancel(flush: () => Promise<void>): void {
    this.#due.delete(flush)
    this.#waiting.delete(flush)
    if (this.#waiting.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #pass(): void {
    this.#timer = undefined
    for (const flush of this.#waiting) this.#due.add(flush)
    this.#waiting.clear()
    while (this.#running < FLUSHES_AT_ONCE && this.#due.size > 0) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running++
    try {
      // What is due meanwhile is at the end of the set.
      for (const flush of this.#due) {
        this.#due.delete(flush)
        await flush()
      }
    } finally {
      this.#running--
    }
  }
}
