import { within } from '../daemon/life-cycle.ts'
import type { Logger } from '../daemon/logging.ts'
import type { Bus } from './bus/bus.ts'
import type { LateServer } from './http/listen.ts'

/**
 * Balancers ask `/alive` about every second. Before they have had time to lead new people elsewhere, none is refused.
 */
const NOTICE_MS = 2_000

/*
 *   serving ── drain() ──> `/alive` refuses ── NOTICE_MS ──> nobody new; pages are asked to move ──> all have moved,
 *                                                            or the time is up ──> requests under way are answered
 */

/** Lets people move to other hubs. Returns at once where there is no other hub to move to. */
export async function drainHub(from: {
  readonly bus: Bus
  readonly relay: { drain(withinMs: number): Promise<void> }
  readonly servers: readonly LateServer[]
  readonly draining: AbortController
  readonly drainMs: number
  readonly logger: Logger
}): Promise<void> {
  const { bus, relay, servers, draining, drainMs, logger } = from
  draining.abort()
  // Where the bus is away there may be others.
  const others = bus.roster.others.filter((other) => !other.draining)
  if (bus.awaySinceMs === undefined && others.length === 0) return
  const endMs = performance.now() + drainMs
  await new Promise((resolve) => setTimeout(resolve, Math.min(NOTICE_MS, drainMs / 4)))
  const leftMs = (): number => Math.max(0, endMs - performance.now())
  await relay.drain(leftMs())
  const answered = await within(Promise.all(servers.map((server) => server.idle())), leftMs())
  logger.info({ answered, leftMs: Math.round(leftMs()) }, 'drained')
}
