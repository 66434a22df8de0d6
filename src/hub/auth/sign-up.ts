import { randomUUID } from 'node:crypto'

import type { AccountRow } from '../../database/port/accounts.ts'
import type { Account } from '../../messages/account.ts'
import type { Site } from '../../messages/site.ts'
import type { HubContext } from '../context.ts'
import { acceptByToken, invitationOfToken } from '../projects/invitations.ts'
import { refusal } from '../refuse.ts'
import { toAccount } from './account-row.ts'
import { claimEmail, isPending } from './email-claim.ts'
import { hashPassword } from './password-hash.ts'
import { checkPassword } from './password-policy.ts'
import { sendVerification } from './email.ts'
import { addressKey, takeAttempt } from './throttle.ts'
import { hashToken, newToken } from './tokens.ts'

const FIRST = 'the first account'
/** Printed at each start until there is an account. */
const SET_UP_MS = 7 * 24 * 60 * 60_000

export interface SignUp {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly setUpToken?: string | undefined
  readonly invitationToken?: string | undefined
}

/** How somebody may get an account now. Where nothing keeps projects apart, or nothing is known yet, by invitation. */
export async function signUpMode(context: HubContext): Promise<Site['signUp']> {
  if (!(await hasFirstAccount(context))) return 'set_up'
  const isolation = context.hosts.isolation()?.isolation ?? 'none'
  return isolation === 'none' ? 'invitation' : 'open'
}

/** A token that makes the first account, the admin; undefined where there is one. */
export async function createSetUpToken(context: HubContext): Promise<string | undefined> {
  if (await hasFirstAccount(context)) return undefined
  const token = newToken()
  const createdMs = context.now()
  const expiresMs = createdMs + SET_UP_MS
  const row = { purpose: 'set_up', tokenHash: hashToken(token), data: '' } as const
  await context.database.tokens.create({ ...row, createdMs, expiresMs })
  return token
}

/** @throws CodedError `sign_up_closed`, `token_invalid`, `weak_password`, `exists`, `too_many_requests` */
export async function signUp(
  context: HubContext,
  request: SignUp,
  address: string,
): Promise<Account> {
  await takeAttempt(context, 'sign_up_address', addressKey(address))
  const first = await checkRight(context, request)
  checkPassword(request.password, request)
  const row = newAccount(context, request, await hashPassword(request.password))
  if (!(await claimEmail(context, row.email, row.accountId))) {
    throw refusal('exists', 'There is an account with this e-mail address. Sign in instead.')
  }
  if (first && !(await claimFirst(context, row))) {
    await context.database.claims.release('email', row.email.toLowerCase(), row.accountId)
    throw refusal('sign_up_closed', 'Somebody else has just made the first account.')
  }
  const account = { ...row, admin: first }
  await context.database.accounts.create(account)
  context.logger.info({ accountId: row.accountId, first }, 'account created')
  const view = toAccount(account)
  if (context.outbox.configured) await sendVerification(context, account, account.email)
  if (request.invitationToken !== undefined && !first) {
    await acceptByToken(context, view, request.invitationToken)
  }
  return view
}

async function hasFirstAccount(context: HubContext): Promise<boolean> {
  const claim = await context.database.claims.get('first_account', FIRST)
  if (claim === undefined) return false
  if ((await context.database.accounts.get(claim.owner)) !== undefined) return true
  if (isPending(context, claim)) return true
  // A hub that was killed between the claim and the account left a claim of nobody.
  await context.database.claims.release('first_account', FIRST, claim.owner)
  return false
}

async function claimFirst(context: HubContext, row: AccountRow): Promise<boolean> {
  const { claims } = context.database
  const claim = await claims.claim('first_account', FIRST, row.accountId, context.now())
  return claim.owner === row.accountId
}

/** Answers whether it is the first account. */
async function checkRight(context: HubContext, request: SignUp): Promise<boolean> {
  const mode = await signUpMode(context)
  if (mode === 'set_up') {
    const { setUpToken = '' } = request
    const row = await context.database.tokens.get('set_up', hashToken(setUpToken))
    if (row !== undefined && row.expiresMs > context.now()) return true
    throw refusal(
      'sign_up_closed',
      'The first account is made with the link that was printed when Salvus was started.',
    )
  }
  if (request.invitationToken !== undefined) {
    await invitationOfToken(context, request.invitationToken)
    return false
  }
  if (mode === 'open') return false
  throw refusal('sign_up_closed', 'Accounts are made by invitation here. Ask for one.')
}

function newAccount(context: HubContext, request: SignUp, passwordHash: string): AccountRow {
  const createdMs = context.now()
  return {
    accountId: randomUUID(),
    name: request.name,
    email: request.email,
    emailVerified: false,
    admin: false,
    settings: '{}',
    passwordHash,
    passwordChangedMs: createdMs,
    createdMs,
  }
}
