import { z } from 'zod'

import { accountId, projectId, sessionId } from '../../messages/ids.ts'
import type { AccountId, ProjectId, SessionId } from '../../messages/ids.ts'
import { hashToken, newToken } from '../auth/tokens.ts'
import type { HubContext } from '../context.ts'

/** From the answer to the form's POST. */
export const TICKET_MS = 30_000
/** The content origin's cookie; rights are looked up at each request anyway. */
export const ACCESS_MS = 12 * 60 * 60_000

const access = z.object({ accountId, projectId, sessionId })

/** Whose right to read which project; it ends with the session it came from. */
export interface ContentAccess {
  readonly accountId: AccountId
  readonly projectId: ProjectId
  readonly sessionId: SessionId
}

/** A single-use right to enter the content origin. */
export function createContentTicket(context: HubContext, right: ContentAccess): Promise<string> {
  return createToken(context, right, 'content_ticket')
}

/** Exchanges a ticket for the token of the content origin's cookie; undefined where it is worth nothing. */
export async function redeemTicket(
  context: HubContext,
  ticket: string,
): Promise<{ readonly right: ContentAccess; readonly token: string } | undefined> {
  const row = await context.database.tokens.take('content_ticket', hashToken(ticket))
  if (row === undefined || row.expiresMs <= context.now()) return undefined
  const right = access.parse(JSON.parse(row.data))
  return { right, token: await createToken(context, right, 'content_access') }
}

/** What the cookie's token stands for; undefined where it is worth nothing, or its session has ended. */
export async function readAccess(
  context: HubContext,
  token: string,
): Promise<ContentAccess | undefined> {
  const row = await context.database.tokens.get('content_access', hashToken(token))
  if (row === undefined || row.expiresMs <= context.now()) return undefined
  const right = access.parse(JSON.parse(row.data))
  const sessions = await context.database.sessions.ofAccount(right.accountId)
  return sessions.some((session) => session.sessionId === right.sessionId) ? right : undefined
}

async function createToken(
  context: HubContext,
  right: ContentAccess,
  purpose: 'content_ticket' | 'content_access',
): Promise<string> {
  const token = newToken()
  const createdMs = context.now()
  await context.database.tokens.create({
    purpose,
    tokenHash: hashToken(token),
    createdMs,
    expiresMs: createdMs + (purpose === 'content_ticket' ? TICKET_MS : ACCESS_MS),
    data: JSON.stringify(right),
  })
  return token
}
