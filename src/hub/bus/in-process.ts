import type { Logger } from '../../daemon/logging.ts'
import type { Bus, BusEvent, BusSubject } from './bus.ts'

type Listener = (event: BusEvent) => void

/** The bus of an installation with one hub: delivers in the next turn, in order. */
export function inProcessBus(logger: Logger): Bus {
  const listeners = new Map<BusSubject, Set<Listener>>()
  let open = true

  const deliver = (subject: BusSubject, event: BusEvent): void => {
    for (const listener of listeners.get(subject) ?? []) {
      try {
        listener(event)
      } catch (error) {
        logger.error({ err: error, kind: event.kind }, 'a listener of the bus failed')
      }
    }
  }

  return {
    publish: (subject, event) => {
      if (open) queueMicrotask(() => deliver(subject, event))
    },
    subscribe: (subject, listener) => {
      let set = listeners.get(subject)
      if (set === undefined) {
        set = new Set()
        listeners.set(subject, set)
      }
      set.add(listener)
      return () => {
        set.delete(listener)
        if (set.size === 0 && listeners.get(subject) === set) listeners.delete(subject)
      }
    },
    [Symbol.asyncDispose]: () => {
      open = false
      listeners.clear()
      return Promise.resolve()
    },
  }
}
