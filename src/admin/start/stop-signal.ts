import type { Scope } from '../../util/scope.ts'

/** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second Ctrl-C ends this process at once. */
export function stopSignal(scope: Scope): AbortController {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, onSignal)
    scope.defer(() => void process.off(signal, onSignal))
  }
  return controller
}
