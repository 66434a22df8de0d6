/** The first attempt after a loss is nearly at once: mostly a hub was restarted, or the network changed. */
const BASE_MS = 250

/** A hub that is away for long is not asked more often than this. */
const MAX_MS = 15_000

/**
 * How long to wait before an attempt (from 0), in milliseconds: doubling, with full jitter over the upper half, so
 * that a thousand pages that lost one hub do not come back in the same moment.
 */
export function backoffMs(attempt: number, random: () => number): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempt, 10))
  return Math.round(ceiling * (0.5 + random() / 2))
}
