import { CodedError } from '../util/coded-error.ts'
import { COSTLY_MAX, COSTLY_WINDOW_MS } from './limits.ts'
import type { Connection } from './owner.ts'

/**
 * Joins, resumes, checks and reports of divergences cost far more than what asks for them, also where a viewer asks.
 * @throws CodedError `too_large` where a connection asks for more than any page does: close the channel
 */
export function keepPace(connection: Connection, at: number): void {
  const { costly } = connection
  if (Math.abs(at - costly.since) >= COSTLY_WINDOW_MS) connection.costly = { since: at, count: 1 }
  else if (++costly.count > COSTLY_MAX)
    throw new CodedError('too_large', `${costly.count} joins and checks in ${COSTLY_WINDOW_MS} ms`)
}
