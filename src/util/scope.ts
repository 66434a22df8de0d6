/** Closes what was opened inside it: last opened first, each once, all of them even where one fails. */
export class Scope implements AsyncDisposable {
  readonly #closers: (() => void | PromiseLike<void>)[] = []
  #closed: Promise<void> | undefined

  /** Registers how to close a thing, on the line after it was opened. */
  defer(close: () => void | PromiseLike<void>): void {
    this.#closers.push(close)
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length === 1) throw failures[0]
    if (failures.length > 1) throw new AggregateError(failures, 'several resources failed to close')
  }
}
