import type { Database } from '../database/port/database.ts'
import type { DueKind } from '../database/port/due.ts'
import type { Logger } from '../daemon/logging.ts'

/** The longest wait of a Node timer; what is due later is looked at again then. */
const TIMER_MAX_MS = 2 ** 31 - 1
/** After the database could not be asked. */
const AWAY_RETRY_MS = 30_000
/** Done before the next look. */
const BATCH = 50

/**
 * Does what is due at its time, also what became due while no hub ran. It knows of what this hub schedules by
 * `reschedule`, and of everything else from its first look; several hubs may do the same thing twice.
 */
export class DueTimer implements Disposable {
  readonly #options: {
    readonly database: Database
    readonly kind: DueKind
    readonly now: () => number
    readonly logger: Logger
    /** Removes or replaces its row; one that throws is tried at the next look. */
    readonly work: (id: string) => Promise<void>
  }
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: {
    readonly database: Database
    readonly kind: DueKind
    readonly now: () => number
    readonly logger: Logger
    readonly work: (id: string) => Promise<void>
  }) {
    this.#options = options
  }

  /** Looks what is due now, and sets the timer for the next. Call it at the start, and after each new row. */
  reschedule(): void {
    if (this.#closed) return
    this.#again = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  /** Resolves when what was due at this moment has been tried. */
  async settled(): Promise<void> {
    await this.#looking
  }

  [Symbol.dispose](): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      clearTimeout(this.#timer)
      this.#wakeIn(await this.#doDue())
    }
  }

  #wakeIn(waitMs: number | undefined): void {
    if (waitMs === undefined || this.#closed) return
    this.#timer = setTimeout(() => this.reschedule(), Math.min(Math.max(waitMs, 0), TIMER_MAX_MS))
    this.#timer.unref()
  }

  /** Answers in how many milliseconds the next is due. */
  async #doDue(): Promise<number | undefined> {
    const { database, kind, now, logger, work } = this.#options
    try {
      const rows = await database.due.next(kind, BATCH)
      for (const row of rows) {
        if (this.#closed) return undefined
        if (row.dueMs > now()) return row.dueMs - now()
        await work(row.id)
      }
      return rows.length === BATCH ? 0 : undefined
    } catch (error) {
      logger.warn({ err: error, kind }, 'what is due could not be done; it is tried again')
      return AWAY_RETRY_MS
    }
  }
}
