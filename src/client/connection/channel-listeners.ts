type Listener = (payload: Uint8Array) => void

/** Bytes kept for a channel between the answer that named it and its opening here: some screens, or a snapshot. */
const EARLY_BYTES_MAX = 32 * 1024 * 1024

/** Who reads which channel of a route. */
export class ChannelListeners {
  readonly #listeners = new Map<number, Set<Listener>>()
  /** Channels that an answer named and nobody reads yet, with what has come. */
  readonly #early = new Map<number, Uint8Array[]>()
  #earlyBytes = 0

  /** An answer named this channel: what comes is kept until it is opened. */
  expect(channel: unknown): void {
    if (typeof channel === 'number' && !this.#listeners.has(channel)) this.#early.set(channel, [])
  }

  open(channel: number, listener: Listener): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set<Listener>()
    this.#listeners.set(channel, listeners.add(listener))
    const early = this.#early.get(channel) ?? []
    this.#early.delete(channel)
    for (const payload of early) {
      this.#earlyBytes -= payload.length
      listener(payload)
    }
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners)
        this.#listeners.delete(channel)
    }
  }

  tell(channel: number, payload: Uint8Array): void {
    const listeners = this.#listeners.get(channel)
    if (!listeners) {
      this.#keep(channel, payload)
      return
    }
    for (const listener of [...listeners]) {
      try {
        listener(payload)
      } catch (error) {
        reportError(error)
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
    this.#early.clear()
    this.#earlyBytes = 0
  }

  #keep(channel: number, payload: Uint8Array): void {
    const early = this.#early.get(channel)
    if (!early || this.#earlyBytes + payload.length > EARLY_BYTES_MAX) return
    // A copy: the frame's buffer is not ours to keep.
    early.push(payload.slice())
    this.#earlyBytes += payload.length
  }
}
