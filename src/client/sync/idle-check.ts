import type { Client } from '../../sync/client.ts'
import { acknowledgement, check } from '../../sync/client-local.ts'

/** What was received is acknowledged, and the texts compared, when nothing came for so long, in milliseconds. */
const IDLE_MS = 2000
/** Divergences that double this time, each: healing again and again would cost more than it mends. Two minutes. */
const DIVERGENCES_MAX = 6

/** What a session does when nothing comes. */
export class IdleCheck {
  readonly #client: () => Client
  readonly #send: (messages: readonly Uint8Array[]) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #divergences = 0

  constructor(client: () => Client, send: (messages: readonly Uint8Array[]) => void) {
    this.#client = client
    this.#send = send
  }

  /** Something came. */
  wait(): void {
    clearTimeout(this.#timer)
    const idleMs = IDLE_MS * 2 ** Math.min(this.#divergences, DIVERGENCES_MAX)
    this.#timer = setTimeout(() => {
      const messages = [acknowledgement(this.#client()), check(this.#client())]
      this.#send(messages.filter((message) => message !== undefined))
    }, idleMs)
  }

  diverged(): void {
    this.#divergences++
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
