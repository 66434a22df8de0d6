import { performance } from 'node:perf_hooks'

import type { DocumentNumber } from './worker-protocol.ts'

/** A thread with something to do tells its load at most this often, in milliseconds. */
const TELL_EVERY_MS = 500

export interface Load {
  readonly busy: number
  readonly documents: readonly (readonly [DocumentNumber, number])[]
  readonly turns: number
  /** The longest that it did nothing else. */
  readonly longestMs: number
}

/** How busy this thread is, and with which documents. Told while something happens: it reads no clock by itself. */
export class LoadMeter {
  readonly #tell: (load: Load) => void
  readonly #documents = new Map<DocumentNumber, number>()
  #turns = 0
  #longestMs = 0
  #since = performance.now()
  #utilization = performance.eventLoopUtilization()

  constructor(tell: (load: Load) => void) {
    this.#tell = tell
  }

  /** Counts what some work takes, as far as it does not wait. */
  during(doc: DocumentNumber, work: () => void): void {
    const start = performance.now()
    work()
    this.#count(doc, start, performance.now())
  }

  /** The same of the end of a turn. */
  duringTurn(doc: DocumentNumber, turn: () => void): void {
    this.#turns++
    this.during(doc, turn)
  }

  #count(doc: DocumentNumber, start: number, now: number): void {
    this.#longestMs = Math.max(this.#longestMs, now - start)
    this.#documents.set(doc, (this.#documents.get(doc) ?? 0) + now - start)
    if (now - this.#since < TELL_EVERY_MS) return
    const before = this.#utilization
    this.#utilization = performance.eventLoopUtilization()
    const busy = performance.eventLoopUtilization(this.#utilization, before).utilization
    this.#since = now
    const [turns, longestMs] = [this.#turns, this.#longestMs]
    this.#tell({ busy, documents: [...this.#documents], turns, longestMs })
    this.#documents.clear()
    this.#turns = this.#longestMs = 0
  }
}
