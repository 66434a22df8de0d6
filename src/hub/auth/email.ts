import type { AccountRow } from '../../database/port/accounts.ts'
import { accountId as parseAccountId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { verificationMail } from '../mail/templates.ts'
import { refusal } from '../refuse.ts'
import { claimEmail } from './email-claim.ts'
import { addressKey, takeAttempt } from './throttle.ts'
import { hashToken, newToken } from './tokens.ts'

const VERIFY_MS = 2 * 24 * 60 * 60_000

/** Mails a link that proves this address: the account's own, or the one that is to replace it. */
export async function sendVerification(
  context: HubContext,
  account: AccountRow,
  email: string,
): Promise<void> {
  const token = newToken()
  const createdMs = context.now()
  await context.database.tokens.create({
    purpose: 'verify_email',
    tokenHash: hashToken(token),
    createdMs,
    expiresMs: createdMs + VERIFY_MS,
    data: `${account.accountId} ${email}`,
  })
  const link = new URL(`verify-email#token=${token}`, context.settings.publicUrl).href
  await context.outbox.postSoon(verificationMail(context.settings.siteName, email, link))
}

/**
 * Opens the link of such a mail: the address is verified, and from now on the account's.
 * @throws CodedError `token_invalid`; `exists` where another account has taken the address meanwhile
 */
export async function verifyEmail(
  context: HubContext,
  token: string,
  address: string,
): Promise<string> {
  await takeAttempt(context, 'token_address', addressKey(address))
  const tokenHash = hashToken(token)
  const row = await context.database.tokens.get('verify_email', tokenHash)
  if (row === undefined || row.expiresMs <= context.now()) throw gone()
  const [accountId = '', email = ''] = row.data.split(' ')
  const account = await context.database.accounts.get(accountId)
  if (account === undefined) throw gone()
  await adoptEmail(context, account, email)
  await context.database.tokens.take('verify_email', tokenHash)
  context.bus.publish(`account.${parseAccountId.parse(accountId)}`, { kind: 'account_changed' })
  return email
}

async function adoptEmail(context: HubContext, account: AccountRow, email: string): Promise<void> {
  const { database } = context
  if (!(await claimEmail(context, email, account.accountId))) {
    throw refusal('exists', 'There is another account with this e-mail address.')
  }
  await database.accounts.update(account.accountId, { email, emailVerified: true })
  const before = account.email.toLowerCase()
  if (before !== email.toLowerCase()) {
    await database.claims.release('email', before, account.accountId)
  }
}

function gone(): Error {
  return refusal('token_invalid', 'This link was used or has expired. Ask for another.')
}
