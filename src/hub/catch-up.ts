import type { Logger } from '../daemon/logging.ts'
import { DatabaseAway } from '../database/database-away.ts'

/** Reads at the same time: a database answers some thousand a second so, and goes on answering people. */
const AT_ONCE = 32

/** After a failure, doubled with each. */
const RETRY_FIRST_MS = 500
const RETRY_MAX_MS = 30_000

/** What is read anew first: who still may do what; then what people see. */
export type Urgency = 'rights' | 'views'

interface Work {
  readonly urgency: Urgency
  readonly ended: AbortSignal
  readonly run: () => Promise<void>
  readonly failures: number
}

/**
 * Reads anew what may have changed unheard, for thousands of connections after one absence of the bus: rights before
 * everything else, so many at a time, and each again until the database has answered or its connection has ended.
 */
export class CatchUp implements Disposable {
  readonly #logger: Logger
  readonly #waiting: Readonly<Record<Urgency, Work[]>> = { rights: [], views: [] }
  readonly #retries = new Set<NodeJS.Timeout>()
  #running = 0
  #closed = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Returns at once; `run` throws to be tried again. */
  add(urgency: Urgency, ended: AbortSignal, run: () => Promise<void>): void {
    this.#waiting[urgency].push({ urgency, ended, run, failures: 0 })
    this.#next()
  }

  [Symbol.dispose](): void {
    this.#closed = true
    for (const timer of this.#retries) clearTimeout(timer)
    this.#waiting.rights.length = 0
    this.#waiting.views.length = 0
  }

  #next(): void {
    while (this.#running < AT_ONCE && !this.#closed) {
      const work = this.#waiting.rights.shift() ?? this.#waiting.views.shift()
      if (work === undefined) return
      if (!work.ended.aborted) void this.#do(work)
    }
  }

  async #do(work: Work): Promise<void> {
    this.#running++
    try {
      await work.run()
    } catch (error) {
      this.#again(work, error)
    } finally {
      this.#running--
      this.#next()
    }
  }

  #again(work: Work, error: unknown): void {
    if (this.#closed || work.ended.aborted) return
    const waitMs = Math.min(RETRY_FIRST_MS * 2 ** work.failures, RETRY_MAX_MS)
    const level = error instanceof DatabaseAway ? 'debug' : 'error'
    this.#logger[level]({ err: error, waitMs }, 'what may have changed could not be read')
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      this.#waiting[work.urgency].push({ ...work, failures: work.failures + 1 })
      this.#next()
    }, waitMs)
    timer.unref()
    this.#retries.add(timer)
  }
}
