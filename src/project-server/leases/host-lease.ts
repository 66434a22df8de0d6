import { endOf, freezeOf, renewAfter, retryAfter, takeAfter } from '../../daemon/lease-times.ts'
import type { LeaseClock } from './lease-clock.ts'

/*
 *            granted                   no renewal for 2/3 of the term            none is left
 *   none ───────────> held ─────────────────────────────> frozen ───> ending ───────────────> none
 *    ^                 ^ └──── granted ──────────────────────┘ │         ^
 *    │                 │         no renewal for 5/6 of it ─────┘         │
 *    └─ taken anew     └─ refused: somebody else has the lease ──────────┘
 *
 * (I1) It is valid from before it was asked for: what the answer's way took is not added.
 * (I2) In `none` no project of the host runs. `ending` lasts until that is so, whatever is granted meanwhile.
 * (I3) A hold is one stay outside `none`. What was decided in one hold is not used in another.
 */

/** The row of the database, as far as its holder sees it. */
export interface SeenLease {
  readonly epoch: number
  readonly holder: string
  readonly beat: string
  readonly termMs: number
}

export type LeaseState = 'none' | 'held' | 'frozen' | 'ending'

export interface HostLeaseOptions {
  readonly holder: string
  readonly termMs: number
  readonly clock: LeaseClock
  readonly newBeat: () => string
  /** Asks the database, through any hub. Rejects where none answered: then it may have happened or not. */
  readonly renew: (row: SeenLease) => Promise<SeenLease | undefined>
  readonly take: (
    row: SeenLease,
    expected: Pick<SeenLease, 'epoch' | 'beat'> | undefined,
  ) => Promise<SeenLease>
  /** Projects may go on until these times of the clock; told with each renewal. */
  readonly onExtended: (freezeMs: number, endMs: number) => void
  /** Ends every project of this host. Resolves when none is left. */
  readonly endAll: () => Promise<void>
  readonly onState: (state: LeaseState, why: string) => void
}

/** One continuous right to run projects. Aborted as soon as it is not sure any more. */
export type Hold = AbortSignal

/** A host's right to run projects, kept by renewals; all times by its own clock. */
export class HostLease {
  readonly #options: HostLeaseOptions
  #state: LeaseState = 'none'
  #hold = new AbortController()
  #waiting: (() => void)[] = []
  #epoch = 0
  /** When the last renewal that was granted was asked for. */
  #renewedMs = -Infinity
  /** A lease of somebody else, and since when it has not been renewed. */
  #foreign: { readonly row: SeenLease; readonly sinceMs: number } | undefined
  #failures = 0
  #asking = false
  #cancelBoundary: () => void = () => undefined
  #cancelNext: () => void = () => undefined
  #closed = false

  constructor(options: HostLeaseOptions) {
    this.#options = options
  }

  get state(): LeaseState {
    this.#look()
    return this.#state
  }

  get epoch(): number {
    return this.#epoch
  }

  start(): void {
    void this.#ask()
  }

  /** Stops asking; what runs has the rest of its term. */
  close(): void {
    this.#closed = true
    this.#cancelNext()
    this.#cancelBoundary()
  }

  /** A hub can be asked again: not to wait for the next try. */
  hubIsBack(): void {
    if (this.#failures === 0 || this.#closed) return
    this.#next(this.#options.clock.now())
  }

  /** The present hold, once new projects may start. Rejects with the signal's reason. */
  async held(signal: AbortSignal): Promise<Hold> {
    while (this.state !== 'held') {
      signal.throwIfAborted()
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return this.#hold.signal
  }

  async #ask(): Promise<void> {
    if (this.#asking || this.#closed) return
    this.#asking = true
    const { clock, holder, termMs } = this.#options
    const askedMs = clock.now()
    let answer: { readonly row: SeenLease; readonly isAsAsked: boolean } | undefined
    try {
      answer = await this.#renewed()
    } catch {
      // Nobody answered: the boundaries go on, and it is asked again.
      answer = undefined
    }
    this.#asking = false
    if (answer === undefined) {
      this.#failures++
      return this.#next(clock.now() + retryAfter(termMs, this.#failures))
    }
    this.#failures = 0
    const { row, isAsAsked } = answer
    if (row.holder !== holder) return this.#refused(row)
    if (isAsAsked) return this.#granted(row, askedMs)
    // Its own, of an epoch that it did not know of, as after a restart: nothing was renewed yet.
    this.#epoch = row.epoch
    this.#next(clock.now())
  }

  /** What holds after one request, and whether that is what was asked for. */
  async #renewed(): Promise<{ row: SeenLease; isAsAsked: boolean }> {
    const { holder, termMs, newBeat, renew, take, clock } = this.#options
    const ask = { epoch: this.#epoch, holder, beat: newBeat(), termMs }
    const answered = (row: SeenLease): { row: SeenLease; isAsAsked: boolean } => ({
      row,
      isAsAsked: row.holder === holder && row.epoch === ask.epoch,
    })
    const foreign = this.#foreign
    if (foreign !== undefined) {
      const { row, sinceMs } = foreign
      if (row.holder === '' || clock.now() - sinceMs >= takeAfter(row.termMs)) {
        ask.epoch = row.epoch + 1
        return answered(await take(ask, row))
      }
    }
    const row = await renew(ask)
    if (row !== undefined) return answered(row)
    ask.epoch = 1
    return answered(await take(ask, undefined))
  }

  #granted(row: SeenLease, askedMs: number): void {
    const { termMs, clock, onExtended } = this.#options
    this.#epoch = row.epoch
    this.#foreign = undefined
    this.#next(askedMs + renewAfter(termMs))
    this.#look()
    if (this.#state === 'ending') return
    this.#renewedMs = askedMs
    if (clock.now() >= freezeOf(askedMs, termMs)) return this.#look()
    onExtended(freezeOf(askedMs, termMs), endOf(askedMs, termMs))
    if (this.#state === 'none') this.#hold = new AbortController()
    this.#enter('held', 'renewed')
    this.#look()
  }

  #refused(row: SeenLease): void {
    const now = this.#options.clock.now()
    const isSame = this.#foreign?.row.epoch === row.epoch && this.#foreign.row.beat === row.beat
    if (!isSame) this.#foreign = { row, sinceMs: now }
    const sinceMs = this.#foreign?.sinceMs ?? now
    if (this.#state === 'held' || this.#state === 'frozen') this.#end('another has the lease')
    this.#next(row.holder === '' ? now : Math.max(sinceMs + takeAfter(row.termMs), now))
  }

  /** Enters the state that the clock demands, and comes back at the next boundary. */
  #look(): void {
    this.#cancelBoundary()
    if (this.#state !== 'held' && this.#state !== 'frozen') return
    const { clock, termMs } = this.#options
    const freezeMs = freezeOf(this.#renewedMs, termMs)
    const endMs = endOf(this.#renewedMs, termMs)
    const now = clock.now()
    if (now >= endMs) return this.#end('not renewed in time')
    if (now >= freezeMs) this.#enter('frozen', 'not renewed for two thirds of the term')
    if (!this.#closed) {
      this.#cancelBoundary = clock.at(now >= freezeMs ? endMs : freezeMs, () => this.#look())
    }
  }

  #end(why: string): void {
    this.#cancelBoundary()
    this.#enter('ending', why)
    this.#hold.abort(new Error(why))
    void this.#options.endAll().then(() => {
      this.#enter('none', 'no project runs')
      if (!this.#closed) this.#next(this.#options.clock.now())
    })
  }

  #enter(state: LeaseState, why: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onState(state, why)
    if (state !== 'held') return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }

  #next(timeMs: number): void {
    this.#cancelNext()
    if (this.#closed || this.#state === 'ending') return
    this.#cancelNext = this.#options.clock.at(timeMs, () => void this.#ask())
  }
}
