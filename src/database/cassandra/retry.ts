import { DatabaseAway } from '../database-away.ts'

/** What is repeated gives up then: the person who waits has seen a spinner for long enough. */
const DEADLINE_MS = 10_000
const PAUSE_MIN_MS = 25
const PAUSE_MAX_MS = 1_000

/**
 * Repeats what failed for a reason that may pass (a node that died, an election, an overload), with growing pauses.
 * @throws DatabaseAway when the time is up, with the last reason
 */
export async function repeatedly<T>(
  attempt: () => Promise<T>,
  passes: (error: unknown) => boolean,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    try {
      return await attempt()
    } catch (error) {
      if (!passes(error)) throw error
      // Hubs that lost the same node do not come back in step.
      const waitMs = pauseMs * (0.5 + Math.random())
      if (performance.now() + waitMs > deadline) throw away(error)
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

function away(error: unknown): DatabaseAway {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new DatabaseAway(message, { cause: error })
}
