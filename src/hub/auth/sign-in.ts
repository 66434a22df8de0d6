import type { AccountRow } from '../../database/port/accounts.ts'
import type { Account } from '../../messages/account.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { toAccount } from './account-row.ts'
import { hashPassword, needsRehash, pretendToVerify, verifyPassword } from './password-hash.ts'
import { addressKey, countAttempt, refuseAbove, takeAttempt } from './throttle.ts'

/**
 * Checks an address and a password. An account can't be locked from elsewhere: where its owner is signed in, only
 * failures from there count.
 * @throws CodedError `wrong_password`, alike for a wrong password and an address without an account;
 *   `too_many_requests`
 */
export async function checkSignIn(
  context: HubContext,
  request: { readonly email: string; readonly password: string },
  address: string,
): Promise<Account> {
  const from = addressKey(address)
  const email = request.email.toLowerCase()
  await refuseAbove(context, 'sign_in_failed_address', from)
  await refuseAbove(context, 'sign_in_failed_pair', `${from} ${email}`)
  const row = await accountOf(context, email)
  const known = row !== undefined && (await isKnownAddress(context, row, from))
  if (!known) await refuseAbove(context, 'sign_in_failed_account', email)
  if (row === undefined) await pretendToVerify(request.password)
  if (row === undefined || !(await verifyPassword(row.passwordHash, request.password))) {
    await countAttempt(context, 'sign_in_failed_address', from)
    await countAttempt(context, 'sign_in_failed_pair', `${from} ${email}`)
    if (!known) await countAttempt(context, 'sign_in_failed_account', email)
    context.logger.info({ address }, 'sign-in refused')
    throw refusal('wrong_password', 'This e-mail address and password do not go together.')
  }
  if (needsRehash(row.passwordHash)) {
    const passwordHash = await hashPassword(request.password)
    await context.database.accounts.update(row.accountId, { passwordHash })
  }
  return toAccount(row)
}

/** For what needs the password once more. @throws CodedError `wrong_password`, `too_many_requests` */
export async function confirmPassword(
  context: HubContext,
  accountId: string,
  password: string,
): Promise<AccountRow> {
  await takeAttempt(context, 'password_check', accountId)
  const row = await context.database.accounts.get(accountId)
  if (row === undefined) throw refusal('not_signed_in', 'Sign in first.')
  if (!(await verifyPassword(row.passwordHash, password))) {
    throw refusal('wrong_password', 'This is not your password.')
  }
  return row
}

export async function accountOf(
  context: HubContext,
  email: string,
): Promise<AccountRow | undefined> {
  const claim = await context.database.claims.get('email', email.toLowerCase())
  return claim === undefined ? undefined : context.database.accounts.get(claim.owner)
}

async function isKnownAddress(
  context: HubContext,
  row: AccountRow,
  from: string,
): Promise<boolean> {
  const sessions = await context.database.sessions.ofAccount(row.accountId)
  return sessions.some((session) => addressKey(session.address) === from)
}
