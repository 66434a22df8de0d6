import type { Claim } from '../../database/port/claims.ts'
import type { HubContext } from '../context.ts'

/**
 * A claim whose owner does not exist is of somebody who is signing up at this moment, on any hub; when it is older, of a
 * hub that was killed in between. Longer than clocks of hubs are apart.
 */
const PENDING_MS = 15 * 60_000

export function isPending(context: Pick<HubContext, 'now'>, claim: Claim): boolean {
  return context.now() < claim.claimedMs + PENDING_MS
}

/** Takes an address for an account, in whatever case it is written; false where another account has it. */
export async function claimEmail(
  context: Pick<HubContext, 'database' | 'now'>,
  email: string,
  accountId: string,
): Promise<boolean> {
  const { database } = context
  const key = email.toLowerCase()
  const claim = await database.claims.claim('email', key, accountId, context.now())
  if (claim.owner === accountId) return true
  if (isPending(context, claim) || (await database.accounts.get(claim.owner)) !== undefined) {
    return false
  }
  await database.claims.release('email', key, claim.owner)
  const again = await database.claims.claim('email', key, accountId, context.now())
  return again.owner === accountId
}
