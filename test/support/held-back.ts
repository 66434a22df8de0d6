import { decodeOwnerMessage } from '../../src/sync/wire-owner.ts'

/** Messages of one document on their way to a page, which arrive when the test lets them. */
export class HeldBack {
  readonly #deliver: (payload: Uint8Array) => void
  #isHolding = false
  #queue: { readonly payload: Uint8Array; readonly version: number }[] = []
  /** The last version among what came while it held back. */
  arrived = 0
  /** The same of what was delivered. */
  delivered = 0

  constructor(deliver: (payload: Uint8Array) => void) {
    this.#deliver = deliver
  }

  /** From now on. */
  hold(): void {
    this.#isHolding = true
  }

  take(payload: Uint8Array): void {
    if (!this.#isHolding) return this.#deliver(payload)
    this.arrived = Math.max(this.arrived, lastVersionIn(payload))
    this.#queue.push({ payload, version: this.arrived })
  }

  /** Lets pass what came until a version, and what came right behind it. */
  deliverTo(version: number): void {
    const later = this.#queue.findIndex((one) => one.version > version)
    const passed = this.#queue.splice(0, later === -1 ? Infinity : later)
    for (const { payload, version: last } of passed) {
      this.delivered = last
      this.#deliver(payload)
    }
  }

  release(): void {
    this.#isHolding = false
    this.deliverTo(Infinity)
  }
}

/** 0 where a message brings no version. */
function lastVersionIn(payload: Uint8Array): number {
  const message = decodeOwnerMessage(payload)
  switch (message?.kind) {
    case 'joined':
    case 'own':
      return message.v
    case 'items':
      return message.v + message.items.length - 1
    default:
      return 0
  }
}
