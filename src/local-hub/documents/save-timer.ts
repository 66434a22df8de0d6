/** Saved when nobody typed for so long, in milliseconds, */
const QUIET_MS = 300
/** and at the latest so long after the first change. */
const LATEST_MS = 2_000

/** When a document is to be saved. */
export class SaveTimer {
  readonly #save: () => void
  #quiet: NodeJS.Timeout | undefined
  #latest: NodeJS.Timeout | undefined

  constructor(save: () => void) {
    this.#save = save
  }

  changed(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#fire(), QUIET_MS)
    this.#latest ??= setTimeout(() => this.#fire(), LATEST_MS)
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
