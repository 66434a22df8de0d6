import type { adminRequests } from '../../messages/admin.ts'
import { accountId as parseAccountId } from '../../messages/ids.ts'
import { toAccount } from '../auth/account-row.ts'
import { createResetLink } from '../auth/password-reset.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { toHelpRequest } from '../help/write-help.ts'
import { siteInvitationMail } from '../mail/templates.ts'
import { createInvitation, invitationLink } from '../projects/invitations.ts'
import { refusal } from '../refuse.ts'
import { minutesOfDay } from '../statistics.ts'
import { accountOfConnection } from './caller.ts'

/** A page of each list. */
const LISTED_MAX = 200

/** What only admins see and do. */
export function adminHandlers(context: HubContext): HubHandlers<keyof typeof adminRequests> {
  return { ...overviewHandlers(context), ...peopleHandlers(context) }
}

type Overview = 'admin_overview' | 'admin_list_help' | 'admin_list_mail'

function overviewHandlers(context: HubContext): HubHandlers<Overview> {
  const { database, hosts, settings } = context
  return {
    admin_overview: async () => {
      const isolation = hosts.isolation()
      return {
        clients: hosts.clients,
        projectsRunning: hosts.projectsRunning,
        accounts: await database.accounts.count(),
        isolation: isolation?.isolation ?? 'none',
        isolationReason: isolation?.reason ?? 'No project server is connected.',
        mailConfigured: settings.mail,
        build: settings.build,
        minutes: await minutesOfDay(context),
      }
    },
    admin_list_help: async () => ({
      helpRequests: (await database.help.list(LISTED_MAX)).map(toHelpRequest),
    }),
    admin_list_mail: async () => {
      const [kept, waiting] = await Promise.all([
        database.mail.list('kept', LISTED_MAX),
        database.mail.list('waiting', LISTED_MAX),
      ])
      const rows = [...waiting, ...kept].toSorted((a, b) => b.createdMs - a.createdMs)
      return {
        mails: rows.map(({ mailId, createdMs, to, subject, text }) => ({
          mailId,
          createdMs,
          to,
          subject,
          text,
        })),
      }
    },
  }
}

type People = 'admin_list_accounts' | 'admin_create_reset_link' | 'admin_invite' | 'admin_set_admin'

function peopleHandlers(context: HubContext): HubHandlers<People> {
  const { database, logger } = context
  return {
    admin_list_accounts: async ({ search }) => ({
      accounts: (await database.accounts.search(search, LISTED_MAX)).map(toAccount),
    }),
    admin_create_reset_link: async ({ accountId }, connection) => {
      const row = await database.accounts.get(accountId)
      if (row === undefined) throw refusal('not_found', 'There is no such account.')
      const { accountId: by } = accountOfConnection(connection)
      logger.info({ accountId, by }, 'an admin made a link for a new password')
      return { link: await createResetLink(context, accountId) }
    },
    admin_invite: async ({ email }, connection) => {
      const account = accountOfConnection(connection)
      const row = await createInvitation(context, account, {
        projectId: undefined,
        email,
        role: 'viewer',
      })
      const link = invitationLink(context, row)
      const mail = siteInvitationMail(context.settings.siteName, email, link)
      return { link, mailed: (await context.outbox.post(mail)) === 'sent' }
    },
    admin_set_admin: async ({ accountId, admin }, connection) => {
      const { accountId: by } = accountOfConnection(connection)
      if (accountId === by) {
        throw refusal('conflict', 'Another administrator must do this, so that one is left.')
      }
      if ((await database.accounts.get(accountId)) === undefined) {
        throw refusal('not_found', 'There is no such account.')
      }
      await database.accounts.update(accountId, { admin })
      logger.info({ accountId, admin, by }, 'an admin was made or unmade')
      context.bus.publish(`account.${parseAccountId.parse(accountId)}`, { kind: 'account_changed' })
      return {}
    },
  }
}
