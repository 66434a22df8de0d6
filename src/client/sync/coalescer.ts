/** Does a thing at once, and then at most once in so many milliseconds, the last time with what was asked last. */
export class Coalescer {
  readonly #everyMs: number
  readonly #action: () => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #wanted = false

  constructor(everyMs: number, action: () => void) {
    this.#everyMs = everyMs
    this.#action = action
  }

  ask(): void {
    if (this.#timer !== undefined) {
      this.#wanted = true
      return
    }
    this.#action()
    this.#timer = setTimeout(() => this.#elapsed(), this.#everyMs)
  }

  /** Within the action: not now, but at the next time. */
  askLater(): void {
    this.#wanted = true
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#wanted = false
  }

  #elapsed(): void {
    this.#timer = undefined
    if (!this.#wanted) return
    this.#wanted = false
    this.ask()
  }
}
