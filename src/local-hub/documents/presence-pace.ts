import { presenceWaits, takePresence } from '../../sync/outbox.ts'
import type { Owner, Send } from '../../sync/owner.ts'

/** Where people are is told at most ten times a second, whatever their clients send. In milliseconds. */
const PRESENCE_EVERY_MS = 100

/** Each client adds so much, in milliseconds: what is told grows with those who move and those who are told. */
const PRESENCE_EACH_CLIENT_MS = 2

/** A timer that comes so much too late, in milliseconds, says that the thread is busy: presence waits longer. */
const LATE_MS = 20
const PRESENCE_BUSY_MS = 1000

export interface PresencePaceOptions {
  readonly owner: Owner
  readonly send: (send: Send) => void
}

/**
 * Sends where people are: at once where nothing was sent for a while, otherwise the last place of each when it is
 * time. It gives way before anything else does.
 */
export class PresencePace {
  readonly #options: PresencePaceOptions
  #timer: NodeJS.Timeout | undefined
  #nextAt = 0

  constructor(options: PresencePaceOptions) {
    this.#options = options
  }

  /** After each turn. */
  look(): void {
    if (this.#timer !== undefined || !presenceWaits(this.#options.owner)) return
    const now = performance.now()
    if (now >= this.#nextAt) this.#send(now)
    else this.#wait(this.#nextAt - now)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wait(ms: number): void {
    const due = performance.now() + ms
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const now = performance.now()
      if (now - due > LATE_MS && ms < PRESENCE_BUSY_MS) this.#wait(PRESENCE_BUSY_MS)
      else this.#send(now)
    }, ms)
    this.#timer.unref()
  }

  #send(now: number): void {
    const { owner, send } = this.#options
    this.#nextAt = now + PRESENCE_EVERY_MS + PRESENCE_EACH_CLIENT_MS * owner.connections.size
    for (const message of takePresence(owner)) send(message)
  }
}
