import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import type { ServiceSpec } from '../configure/manifest.ts'

/** After a try that failed. */
const AGAIN_MS = 100
/** One try. */
const TRY_MS = 2_000

/** Resolves once a service answers as its manifest says: false where the signal aborts first. */
export async function untilReady(
  ready: ServiceSpec['ready'],
  signal: AbortSignal,
): Promise<boolean> {
  while (!signal.aborted) {
    if (await answers(ready)) return !signal.aborted
    // Services of others have no way to say that they serve: who asked too early asks again.
    // The pause ends early, with an error, where the signal aborts: the loop sees that.
    await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined)
  }
  return false
}

/** Whether it answers now. */
export async function answers(ready: ServiceSpec['ready']): Promise<boolean> {
  try {
    if (ready.kind === 'http') {
      const response = await fetch(ready.url, { signal: AbortSignal.timeout(TRY_MS) })
      await response.body?.cancel()
      return response.status === 200
    }
    const socket = createConnection({ host: ready.address, port: ready.port })
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(TRY_MS) })
      return true
    } finally {
      socket.destroy()
    }
  } catch {
    // Nobody listens, or it was too slow: in any case it does not answer.
    return false
  }
}
