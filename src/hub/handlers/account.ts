import type { accountRequests } from '../../messages/account.ts'
import type { Account } from '../../messages/account.ts'
import { projectId, sessionId } from '../../messages/ids.ts'
import { toAccount } from '../auth/account-row.ts'
import { sendVerification } from '../auth/email.ts'
import { setPassword } from '../auth/password-reset.ts'
import { hashPassword } from '../auth/password-hash.ts'
import { checkPassword } from '../auth/password-policy.ts'
import { endSessions, liveSessions } from '../auth/sessions.ts'
import { confirmPassword } from '../auth/sign-in.ts'
import { takeAttempt } from '../auth/throttle.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { publishProject } from '../projects/project-view.ts'
import { refusal } from '../refuse.ts'
import { accountOfConnection } from './caller.ts'

/** What people do with their own account. */
export function accountHandlers(context: HubContext): HubHandlers<keyof typeof accountRequests> {
  return {
    ...profileHandlers(context),
    ...passwordHandlers(context),
    ...sessionHandlers(context),
  }
}

type Profile = 'update_account' | 'change_email' | 'send_verification'

function profileHandlers(context: HubContext): HubHandlers<Profile> {
  const { database } = context
  return {
    update_account: async ({ name, settings }, connection) => {
      const { accountId } = accountOfConnection(connection)
      await database.accounts.update(accountId, {
        ...(name === undefined ? {} : { name }),
        ...(settings === undefined ? {} : { settings: JSON.stringify(settings) }),
      })
      context.bus.publish(`account.${accountId}`, { kind: 'account_changed' })
      if (name !== undefined) await publishName(context, accountId)
      const row = await database.accounts.get(accountId)
      if (row === undefined) throw refusal('not_found', 'This account is gone.')
      return { account: toAccount(row) }
    },
    change_email: async ({ password, email }, connection) => {
      const { accountId } = accountOfConnection(connection)
      await takeAttempt(context, 'verification', accountId)
      const row = await confirmPassword(context, accountId, password)
      if (!context.outbox.configured) {
        throw refusal(
          'unavailable',
          'No mail can be sent here, so a new address can not be proved.',
        )
      }
      await sendVerification(context, row, email)
      return {}
    },
    send_verification: async (_request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await takeAttempt(context, 'verification', accountId)
      const row = await database.accounts.get(accountId)
      if (row === undefined || !context.outbox.configured) return { sent: false }
      await sendVerification(context, row, row.email)
      return { sent: true }
    },
  }
}

function passwordHandlers(context: HubContext): HubHandlers<'change_password'> {
  return {
    change_password: async ({ oldPassword, newPassword }, connection) => {
      const { accountId } = accountOfConnection(connection)
      const row = await confirmPassword(context, accountId, oldPassword)
      checkPassword(newPassword, row)
      await setPassword(context, accountId, await hashPassword(newPassword))
      await endSessions(context, accountId, {
        which: (session) => session.sessionId !== connection.sessionId,
        reason: 'password_changed',
      })
      return {}
    },
  }
}

type Sessions = 'list_sessions' | 'revoke_session' | 'revoke_other_sessions'

function sessionHandlers(context: HubContext): HubHandlers<Sessions> {
  return {
    list_sessions: async (_request, connection) => {
      const { accountId } = accountOfConnection(connection)
      const rows = await liveSessions(context, accountId)
      return {
        sessions: rows.map((row) => ({
          sessionId: sessionId.parse(row.sessionId),
          createdMs: row.createdMs,
          lastUsedMs: row.lastUsedMs,
          browser: row.browser,
          address: row.address,
          current: row.sessionId === connection.sessionId,
        })),
      }
    },
    revoke_session: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      const revoked = await endSessions(context, accountId, {
        which: (session) => session.sessionId === request.sessionId,
        reason: 'revoked',
      })
      if (revoked === 0) throw refusal('not_found', 'There is no such session any more.')
      return {}
    },
    revoke_other_sessions: async (_request, connection) => {
      const { accountId } = accountOfConnection(connection)
      const revoked = await endSessions(context, accountId, {
        which: (session) => session.sessionId !== connection.sessionId,
        reason: 'revoked',
      })
      return { revoked }
    },
  }
}

/** The others see the new name beside what this person does. */
async function publishName(context: HubContext, accountId: Account['accountId']): Promise<void> {
  const rows = await context.database.membership.ofAccount(accountId)
  await Promise.all(rows.map((row) => publishProject(context, projectId.parse(row.projectId))))
}
