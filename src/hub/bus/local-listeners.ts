import type { Logger } from '../../daemon/logging.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import type { BusSubject } from './bus.ts'

type Listener = (event: BusEvent) => void

/** Listeners that are told in one turn that they missed something: a millisecond's work, where there are thousands. */
const TOLD_AT_ONCE = 500

/** Who listens on this hub, by subject. */
export class LocalListeners {
  readonly #logger: Logger
  readonly #listeners = new Map<BusSubject, Set<Listener>>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get subjects(): Iterable<BusSubject> {
    return this.#listeners.keys()
  }

  has(subject: BusSubject): boolean {
    return this.#listeners.has(subject)
  }

  /** `onLast` is called when nobody listens to the subject any more. */
  add(subject: BusSubject, listener: Listener, onLast: () => void): () => void {
    // A function of its own for each: one that listens twice is called twice, and ends each by itself.
    const mine: Listener = (event) => listener(event)
    let set = this.#listeners.get(subject)
    if (set === undefined) {
      set = new Set()
      this.#listeners.set(subject, set)
    }
    set.add(mine)
    return () => {
      if (!set.delete(mine) || set.size > 0 || this.#listeners.get(subject) !== set) return
      this.#listeners.delete(subject)
      onLast()
    }
  }

  /** One that fails does not keep the others from hearing. */
  tell(subject: BusSubject, event: BusEvent): void {
    for (const listener of [...(this.#listeners.get(subject) ?? [])]) {
      try {
        listener(event)
      } catch (error) {
        this.#logger.error({ err: error, kind: event.kind }, 'a listener of the bus failed')
      }
    }
  }

  /** Tells all that they may have missed something, some at a time: the process goes on between. */
  tellAllMissed(): void {
    const rest = [...this.#listeners.keys()]
    const tellSome = (): void => {
      for (const subject of rest.splice(0, TOLD_AT_ONCE)) this.tell(subject, { kind: 'missed' })
      if (rest.length > 0) setImmediate(tellSome)
    }
    tellSome()
  }

  clear(): void {
    this.#listeners.clear()
  }
}
