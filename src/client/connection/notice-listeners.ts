import type { NoticeOf, NoticeTable } from '../../messages/define.ts'
import type { Message } from './pending-requests.ts'

type Listener = (notice: Message) => void

/** Who listens to which push of a route. */
export class NoticeListeners<T extends NoticeTable> {
  readonly #listeners = new Map<string, Set<Listener>>()

  add<E extends keyof T & string>(
    event: E,
    listener: (notice: NoticeOf<T, E>) => void,
  ): () => void {
    // The table ties the event to its type; what arrives under this event is of that type.
    const untyped = listener as Listener
    const listeners = this.#listeners.get(event) ?? new Set<Listener>()
    this.#listeners.set(event, listeners.add(untyped))
    return () => {
      listeners.delete(untyped)
    }
  }

  /** An event that nobody listens to is dropped: a newer hub may tell more than this page knows. */
  tell(event: string, notice: Message): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(notice)
      } catch (error) {
        reportError(error)
      }
    }
  }
}
