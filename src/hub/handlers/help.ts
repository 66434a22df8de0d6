import type { helpRequests } from '../../messages/help.ts'
import { addressKey, takeAttempt } from '../auth/throttle.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { toHelpRequest, writeHelp } from '../help/write-help.ts'
import { refusal } from '../refuse.ts'
import { accountOfConnection } from './caller.ts'

/** One's own thread; older ones are with whoever answered them. */
const LISTED_MAX = 100

/** Letters to help@. */
export function helpHandlers(context: HubContext): HubHandlers<keyof typeof helpRequests> {
  return {
    write_help: async (request, connection) => {
      const { account } = connection
      await takeAttempt(context, 'help', account?.accountId ?? addressKey(connection.address))
      const email = request.email ?? account?.email
      if (email === undefined) {
        throw refusal('bad_value', 'Give an e-mail address that can be answered.')
      }
      const helpRequest = await writeHelp(context, {
        accountId: account?.accountId,
        subject: request.subject,
        text: request.text,
        attachments: request.attachments,
        fromName: account?.name ?? '',
        fromEmail: email,
      })
      return { helpRequest }
    },
    list_help: async (_request, connection) => {
      const { accountId } = accountOfConnection(connection)
      const rows = await context.database.help.ofAccount(accountId, LISTED_MAX)
      return { helpRequests: rows.map(toHelpRequest) }
    },
  }
}
