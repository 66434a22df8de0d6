import { setImmediate } from 'node:timers/promises'

import type { Steps } from '../../sync/steps.ts'

/** Runs work of many steps so that whatever else the thread has to do comes between two of them. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    // Also before the first: what prepared the work had its time.
    await setImmediate()
    const step = steps.next()
    if (step.done) return step.value
  }
}
