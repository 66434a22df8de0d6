/*
 *   asked for        renewed anew      frozen        ended       end of the term     may be taken
 *      0 ────────────── 1/3 ───────────── 2/3 ───────── 5/6 ──────────── 1 ─────────────── 5/4
 *
 * A holder counts from before it asked, a taker from when it first saw that renewal: the taker's count begins later,
 * whatever the clocks show. The quarter between is for ending what runs, and for clocks of unequal speed.
 */

/** When a holder asks for the next renewal, after the last that was granted. All in milliseconds. */
export function renewAfter(termMs: number): number {
  return termMs / 3
}

/** When it asks again after `failures` in a row: a thirtieth of the term, doubled up to a sixth. */
export function retryAfter(termMs: number, failures: number): number {
  return Math.min((termMs / 30) * 2 ** Math.min(failures - 1, 10), termMs / 6)
}

/** When what runs is frozen, after the last renewal that was granted was asked for. */
export function freezeOf(renewedMs: number, termMs: number): number {
  return renewedMs + (termMs * 2) / 3
}

/** When what runs is ended. */
export function endOf(renewedMs: number, termMs: number): number {
  return renewedMs + (termMs * 5) / 6
}

/** How long somebody else has seen no renewal before the lease is free. */
export function takeAfter(termMs: number): number {
  return termMs * 1.25
}
