import type { HubContext } from './context.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS

interface Minute {
  readonly timeMs: number
  readonly clients: number
  readonly projectsRunning: number
}

/** Writes a row each minute: the one statistic that must be there when it is looked for later. */
export function recordMinutes(context: HubContext): Disposable {
  const write = async (): Promise<void> => {
    const timeMs = Math.floor(context.now() / MINUTE_MS) * MINUTE_MS
    const { clients, projectsRunning } = context.hosts
    const { hubId } = context.settings
    await context.database.statistics.put({ timeMs, hubId, clients, projectsRunning })
  }
  const timer = setInterval(() => {
    write().catch((error: unknown) => {
      context.logger.warn({ err: error }, 'the statistics of a minute could not be written')
    })
  }, MINUTE_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Newest first: clients are of one hub each, running projects are seen by all. */
export async function minutesOfDay(context: HubContext): Promise<Minute[]> {
  const rows = await context.database.statistics.since(context.now() - DAY_MS)
  const minutes = new Map<number, Minute>()
  for (const { timeMs, clients, projectsRunning } of rows) {
    const before = minutes.get(timeMs)
    minutes.set(timeMs, {
      timeMs,
      clients: clients + (before?.clients ?? 0),
      projectsRunning: Math.max(projectsRunning, before?.projectsRunning ?? 0),
    })
  }
  return [...minutes.values()]
}
