import type { AccountRow } from '../../database/port/accounts.ts'
import type { Database } from '../../database/port/database.ts'
import type { HubContext } from '../context.ts'
import { resetMail } from '../mail/templates.ts'
import { refusal } from '../refuse.ts'
import { hashPassword } from './password-hash.ts'
import { checkPassword } from './password-policy.ts'
import { endSessions } from './sessions.ts'
import { accountOf } from './sign-in.ts'
import { addressKey, takeAttempt } from './throttle.ts'
import { hashToken, newToken } from './tokens.ts'

export const RESET_MS = 30 * 60_000

/** A link that sets a new password: once, within 30 minutes, and not after the password was changed otherwise. */
export async function createResetLink(
  context: { database: Database; now: () => number; settings: { publicUrl: URL } },
  accountId: string,
): Promise<string> {
  const token = newToken()
  const createdMs = context.now()
  await context.database.tokens.create({
    purpose: 'reset_password',
    tokenHash: hashToken(token),
    createdMs,
    expiresMs: createdMs + RESET_MS,
    data: accountId,
  })
  return new URL(`reset-password#token=${token}`, context.settings.publicUrl).href
}

/**
 * Returns before anything is known of the address: what follows takes its own time, and tells nobody.
 * @throws CodedError `too_many_requests`, counted for addresses without an account too
 */
export async function requestReset(
  context: HubContext,
  email: string,
  address: string,
): Promise<void> {
  await takeAttempt(context, 'reset_address', addressKey(address))
  await takeAttempt(context, 'reset_email', email.toLowerCase())
  void mailReset(context, email).catch((error: unknown) => {
    context.logger.error({ err: error }, 'a link for a new password could not be mailed')
  })
}

/** @throws CodedError `token_invalid`, `weak_password` (the link may then be used again) */
export async function resetPassword(
  context: HubContext,
  request: { readonly token: string; readonly password: string },
  address: string,
): Promise<void> {
  await takeAttempt(context, 'token_address', addressKey(address))
  const tokenHash = hashToken(request.token)
  const row = await accountOfReset(context, tokenHash)
  checkPassword(request.password, row)
  const passwordHash = await hashPassword(request.password)
  if ((await context.database.tokens.take('reset_password', tokenHash)) === undefined) throw used()
  await setPassword(context, row.accountId, passwordHash)
  await endSessions(context, row.accountId, { which: () => true, reason: 'password_changed' })
}

/** Links for a reset that were made before stop working. */
export async function setPassword(
  context: HubContext,
  accountId: string,
  passwordHash: string,
): Promise<void> {
  await context.database.accounts.update(accountId, {
    passwordHash,
    passwordChangedMs: context.now(),
  })
  context.logger.info({ accountId }, 'password changed')
}

async function mailReset(context: HubContext, email: string): Promise<void> {
  const row = await accountOf(context, email)
  if (row === undefined) return
  const link = await createResetLink(context, row.accountId)
  await context.outbox.postSoon(resetMail(context.settings.siteName, row.email, link))
}

async function accountOfReset(context: HubContext, tokenHash: string): Promise<AccountRow> {
  const token = await context.database.tokens.get('reset_password', tokenHash)
  if (token === undefined || token.expiresMs <= context.now()) throw used()
  const row = await context.database.accounts.get(token.data)
  if (row === undefined || token.createdMs < row.passwordChangedMs) throw used()
  return row
}

function used(): Error {
  return refusal('token_invalid', 'This link was used or has expired. Ask for another.')
}
