import type { Logger } from '../../daemon/logging.ts'
import type { Bus } from './bus.ts'
import { LocalListeners } from './local-listeners.ts'
import { ALONE } from './roster.ts'

/** The bus of an installation with one hub: delivers in the next turn, in order, and is never away. */
export function inProcessBus(logger: Logger): Bus {
  const listeners = new LocalListeners(logger)
  let open = true
  return {
    publish: (subject, event) => {
      queueMicrotask(() => {
        if (open) listeners.tell(subject, event)
      })
    },
    subscribe: (subject, listener) => listeners.add(subject, listener, () => undefined),
    settled: () => Promise.resolve(),
    awaySinceMs: undefined,
    roster: ALONE,
    [Symbol.asyncDispose]: () => {
      open = false
      listeners.clear()
      return Promise.resolve()
    },
  }
}
