import type { OpenDocument } from './open-document.ts'

/** Documents that nobody uses, and when they are closed. */
export class UnusedTimers {
  readonly #timers = new Map<OpenDocument, NodeJS.Timeout>()
  readonly #unusedMs: number
  readonly #over: (document: OpenDocument) => void

  constructor(unusedMs: number, over: (document: OpenDocument) => void) {
    this.#unusedMs = unusedMs
    this.#over = over
  }

  /** Nobody uses it from now on. */
  start(document: OpenDocument): void {
    this.stop(document)
    const timer = setTimeout(() => {
      this.#timers.delete(document)
      this.#over(document)
    }, this.#unusedMs)
    timer.unref()
    this.#timers.set(document, timer)
  }

  /** It is used again, or closed. */
  stop(document: OpenDocument): void {
    clearTimeout(this.#timers.get(document))
    this.#timers.delete(document)
  }
}
