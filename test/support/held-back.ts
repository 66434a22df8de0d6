import { decodeOwnerMessage } from '../../src/sync/wire-owner.ts'

/** Messages of one document on their way to a page, which arrive when the test lets them. */
export class HeldBack {
  readonly #deliver: (message: Uint8Array) => void
  readonly #payloadOf: (message: Uint8Array) => Uint8Array
  #isHolding = false
  #queue: { readonly message: Uint8Array; readonly version: number }[] = []
  /** The last version among what came while it held back. */
  arrived = 0
  /** The last version that was delivered since. */
  delivered = 0

  /** `payloadOf`: of what the document said, where that is packed into something. */
  constructor(
    deliver: (message: Uint8Array) => void,
    payloadOf: (message: Uint8Array) => Uint8Array = (message) => message,
  ) {
    this.#deliver = deliver
    this.#payloadOf = payloadOf
  }

  /** From now on. */
  hold(): void {
    this.#isHolding = true
  }

  take(message: Uint8Array): void {
    if (!this.#isHolding) return this.#deliver(message)
    this.arrived = Math.max(this.arrived, lastVersionIn(this.#payloadOf(message)))
    this.#queue.push({ message, version: this.arrived })
  }

  /** Lets pass what came until a version, and what came right behind it. */
  deliverTo(version: number): void {
    const later = this.#queue.findIndex((one) => one.version > version)
    const passed = this.#queue.splice(0, later === -1 ? Infinity : later)
    for (const { message, version: last } of passed) {
      this.delivered = last
      this.#deliver(message)
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
