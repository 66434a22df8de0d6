import { randomUUID } from 'node:crypto'

import type { Database } from '../../database/port/database.ts'
import type { SessionRow } from '../../database/port/sessions.ts'
import type { BusEvent } from '../../messages/hub-to-hub.ts'
import { accountId, sessionId } from '../../messages/ids.ts'
import type { SessionId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { toAccount } from './account-row.ts'
import type { Authenticate } from './authenticate.ts'
import { readCookie, sessionCookie, writeCookie } from './cookie.ts'
import { describeBrowser } from './describe-browser.ts'
import { hashToken, newToken } from './tokens.ts'

const DAY_MS = 24 * 60 * 60_000
/** Unused for so long, a session is over. */
export const SESSION_IDLE_MS = 30 * DAY_MS
/** Over whatever its use. */
export const SESSION_MAX_MS = 180 * DAY_MS
/** The time of last use is written no oftener: it is shown in days and decides over 30 of them. */
const TOUCH_MS = 10 * 60_000

export interface Visitor {
  readonly address: string
  readonly userAgent: string
}

/** Answers the value of the `Set-Cookie` that signs in. */
export async function beginSession(
  context: HubContext,
  account: string,
  visitor: Visitor,
): Promise<string> {
  const token = newToken()
  const nowMs = context.now()
  await context.database.sessions.create({
    sessionId: randomUUID(),
    accountId: account,
    tokenHash: hashToken(token),
    createdMs: nowMs,
    lastUsedMs: nowMs,
    endsMs: nowMs + SESSION_MAX_MS,
    browser: describeBrowser(visitor.userAgent),
    address: visitor.address,
  })
  context.logger.info({ accountId: account, address: visitor.address }, 'signed in')
  return writeCookie(sessionCookie(context.settings.publicUrl), token, {
    maxAgeS: SESSION_MAX_MS / 1000,
    sameSite: 'Lax',
  })
}

/** The value of the `Set-Cookie` that takes the session's cookie away. */
export function endingCookie(publicUrl: URL): string {
  return writeCookie(sessionCookie(publicUrl), '', { maxAgeS: 0, sameSite: 'Lax' })
}

export function createAuthenticate(
  context: Pick<HubContext, 'database' | 'settings' | 'now'>,
): Authenticate {
  const { name } = sessionCookie(context.settings.publicUrl)
  return async (cookieHeader, address) => {
    const token = readCookie(cookieHeader, name)
    if (token === undefined || token === '') return undefined
    const row = await context.database.sessions.byToken(hashToken(token))
    const nowMs = context.now()
    if (row === undefined || !isLive(row, nowMs)) return undefined
    const account = await context.database.accounts.get(row.accountId)
    if (account === undefined) return undefined
    if (nowMs - row.lastUsedMs > TOUCH_MS || row.address !== address) {
      await context.database.sessions.touch(row, { lastUsedMs: nowMs, address })
    }
    return { account: toAccount(account), sessionId: sessionId.parse(row.sessionId) }
  }
}

export function isLive(row: SessionRow, nowMs: number): boolean {
  return nowMs < row.endsMs && nowMs < row.lastUsedMs + SESSION_IDLE_MS
}

/** Those that still sign somebody in. */
export async function liveSessions(
  context: { database: Database; now: () => number },
  account: string,
): Promise<SessionRow[]> {
  const rows = await context.database.sessions.ofAccount(account)
  return rows.filter((row) => isLive(row, context.now()))
}

/** Ends sessions, and through the bus their sockets on every hub. Answers how many there were. */
export async function endSessions(
  context: HubContext,
  account: string,
  choose: {
    readonly which: (row: SessionRow) => boolean
    readonly reason: Extract<BusEvent, { kind: 'sessions_ended' }>['reason']
  },
): Promise<number> {
  const rows = (await context.database.sessions.ofAccount(account)).filter(choose.which)
  if (rows.length === 0) return 0
  await context.database.sessions.remove(rows)
  const sessions: SessionId[] = rows.map((row) => sessionId.parse(row.sessionId))
  context.bus.publish(`account.${accountId.parse(account)}`, {
    kind: 'sessions_ended',
    sessions,
    reason: choose.reason,
  })
  return rows.length
}
