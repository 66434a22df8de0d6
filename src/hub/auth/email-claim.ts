import type { Database } from '../../database/port/database.ts'

/** Takes an address for an account, in whatever case it is written; false where another account has it. */
export async function claimEmail(
  database: Database,
  email: string,
  accountId: string,
): Promise<boolean> {
  const key = email.toLowerCase()
  const owner = await database.claims.claim('email', key, accountId)
  if (owner === accountId) return true
  // A hub that was killed between the claim and the account left a claim of nobody.
  if ((await database.accounts.get(owner)) !== undefined) return false
  await database.claims.release('email', key, owner)
  return (await database.claims.claim('email', key, accountId)) === accountId
}
