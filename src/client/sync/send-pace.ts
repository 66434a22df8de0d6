/** What is typed waits at most so long, in milliseconds, for more to go out with it. */
const SEND_EVERY_MS = 50
/** Changes of others in a second from which each message less counts more than each millisecond. */
const BUSY_ITEMS_PER_SECOND = 100
/** Edits under way from which the way is slow: what comes next goes together. */
const PILED_UP_EDITS = 8
/** Nobody else is there when nobody shows a cursor and nobody changed anything for so long, in milliseconds. */
const ALONE_AFTER_MS = 5000
/** The count of incoming changes halves in so many milliseconds. */
const RATE_HALF_LIFE_MS = 500

export interface SendPaceOptions {
  readonly send: () => void
  readonly now: () => number
  /** Whether others show where they are in the document. */
  readonly inCompany: () => boolean
  /** Edits that are sent and not acknowledged. */
  readonly inFlight: () => number
}

/**
 * When typed changes go out. Alone, or with nothing under way: at once, in the same task. With others: when what is
 * under way is acknowledged, and after 50 ms at the latest. While changes pour in or pile up: each 50 ms.
 */
export class SendPace {
  readonly #options: SendPaceOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #sentMs = Number.NEGATIVE_INFINITY
  #receivedMs = Number.NEGATIVE_INFINITY
  /** Decays with RATE_HALF_LIFE_MS; at a steady rate it stands at rate x half-life / ln 2. */
  #recent = 0

  constructor(options: SendPaceOptions) {
    this.#options = options
  }

  /** Something is to be sent. */
  ask(): void {
    if (this.#timer !== undefined) return
    const waitMs = this.#sentMs + this.#pauseMs() - this.#options.now()
    if (waitMs <= 0) this.#send()
    else this.#timer = setTimeout(() => this.#send(), waitMs)
  }

  /** So many changes of others came, and so many of one's own are acknowledged. */
  received(foreign: number, acknowledged: number): void {
    if (foreign > 0) {
      this.#recent = this.#recentNow() + foreign
      this.#receivedMs = this.#options.now()
    }
    if (acknowledged > 0 && this.#timer !== undefined && this.#pauseMs() === 0) this.#send()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #send(): void {
    this.close()
    this.#sentMs = this.#options.now()
    this.#options.send()
  }

  #pauseMs(): number {
    const inFlight = this.#options.inFlight()
    if (inFlight >= PILED_UP_EDITS || this.#isBusy()) return SEND_EVERY_MS
    return inFlight === 0 || this.#isAlone() ? 0 : SEND_EVERY_MS
  }

  #isAlone(): boolean {
    const quietMs = this.#options.now() - this.#receivedMs
    return quietMs >= ALONE_AFTER_MS && !this.#options.inCompany()
  }

  /** Whether changes of others pour in. */
  #isBusy(): boolean {
    return this.#recentNow() * Math.LN2 * 1000 > BUSY_ITEMS_PER_SECOND * RATE_HALF_LIFE_MS
  }

  #recentNow(): number {
    return this.#recent * 0.5 ** ((this.#options.now() - this.#receivedMs) / RATE_HALF_LIFE_MS)
  }
}
