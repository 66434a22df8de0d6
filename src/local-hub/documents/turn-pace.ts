/**
 * Each receiver adds so much to the pause after a turn, in milliseconds: a message to it costs its hub 10 us, so that
 * hubs spend at most half their time on one busy document. Longer pauses would take less of it, and be felt.
 */
const EACH_RECEIVER_MS = 0.02

/** What a pause adds to the way of a keystroke is less than anybody sees. In milliseconds. */
const PAUSE_MS_MAX = 10

/** Timers are no finer than this, in milliseconds: what is due within it is due. */
const TIMER_MS = 1

/**
 * When the turns of a document end: at once where the one before was a while ago, otherwise when the hubs have had the
 * time to send that one to everybody. All that comes meanwhile is one message to each.
 */
export class TurnPace {
  readonly #end: () => void
  #nextAt = 0
  #immediate: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(end: () => void) {
    this.#end = end
  }

  /** Something happened that is to be told. */
  soon(): void {
    if (this.#immediate !== undefined || this.#timer !== undefined) return
    const wait = this.#nextAt - performance.now()
    if (wait < TIMER_MS) this.#immediate = setImmediate(this.#due)
    else this.#timer = setTimeout(this.#due, wait)
  }

  /** A turn has ended, because it was due or because somebody could not wait for it; so many are told. */
  ended(receivers: number): void {
    this.stop()
    const pause = Math.min(PAUSE_MS_MAX, receivers * EACH_RECEIVER_MS)
    if (pause >= TIMER_MS) this.#nextAt = performance.now() + pause
  }

  /** Nothing is due any more. */
  stop(): void {
    clearImmediate(this.#immediate)
    clearTimeout(this.#timer)
    this.#immediate = undefined
    this.#timer = undefined
  }

  readonly #due = (): void => {
    this.stop()
    this.#end()
  }
}
