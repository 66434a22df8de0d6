import type { Database } from '../database/port/database.ts'
import type { DueKind } from '../database/port/due.ts'
import type { Logger } from '../daemon/logging.ts'
import type { Bus } from './bus/bus.ts'

/** The longest wait of a Node timer; what is due later is looked at again then. */
const TIMER_MAX_MS = 2 ** 31 - 1
/** After the database could not be asked. */
const AWAY_RETRY_MS = 30_000
/** Done before the next look. */
const BATCH = 50

export interface DueTimerOptions {
  readonly database: Database
  readonly bus: Bus
  readonly kind: DueKind
  readonly now: () => number
  readonly logger: Logger
  /** Removes or replaces its row; one that throws is tried at the next look. */
  readonly work: (id: string) => Promise<void>
}

/**
 * Does what is due at its time, also what became due while no hub ran. Of several hubs the steward does it: it knows of
 * what was there at its last look, and is told by `reschedule` of any hub. While hubs do not hear each other, several
 * may do the same thing.
 */
export class DueTimer implements Disposable {
  readonly #options: DueTimerOptions
  readonly #stops: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(options: DueTimerOptions) {
    this.#options = options
  }

  /** From now on, where this hub is the steward. */
  start(): void {
    const { bus } = this.#options
    this.#stops.push(
      bus.subscribe('hubs', ({ kind }) => {
        if (kind === 'due_changed' || kind === 'missed') this.#lookAsSteward()
      }),
      bus.roster.onChange(() => this.#lookAsSteward()),
    )
    this.#lookAsSteward()
  }

  /** A row was put: what is due next may be sooner than the steward knows. */
  reschedule(): void {
    const { bus } = this.#options
    if (bus.roster.isSteward) this.#lookAsSteward()
    else bus.publish('hubs', { kind: 'due_changed' })
  }

  /** Resolves when what was due at this moment has been tried. */
  async settled(): Promise<void> {
    await this.#looking
  }

  [Symbol.dispose](): void {
    this.#closed = true
    for (const stop of this.#stops) stop()
    clearTimeout(this.#timer)
  }

  #lookAsSteward(): void {
    clearTimeout(this.#timer)
    if (this.#closed || !this.#options.bus.roster.isSteward) return
    this.#again = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
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
    this.#timer = setTimeout(
      () => this.#lookAsSteward(),
      Math.min(Math.max(waitMs, 0), TIMER_MAX_MS),
    )
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
