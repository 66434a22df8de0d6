import { toAccount } from '../auth/account-row.ts'
import type { HubContext } from '../context.ts'
import type { HubConnection } from '../handler.ts'
import { toHelpRequest } from '../help/write-help.ts'

/** After an absence of the bus one is told: who shows them then asks for all. */
const HELP_TOLD_MAX = 1

/** Answers a function that, once for each connection, begins to push what changes of its account and letters. */
export function accountPushes(context: HubContext): (connection: HubConnection) => void {
  const begun = new WeakSet<HubConnection>()
  return (connection) => {
    const { account, closed } = connection
    if (account === undefined || begun.has(connection) || closed.aborted) return
    begun.add(connection)
    const tellAccount = async (): Promise<void> => {
      const row = await context.database.accounts.get(account.accountId)
      if (row === undefined || closed.aborted) return
      connection.notify('account_changed', { account: toAccount(row) })
    }
    const tellHelp = async (): Promise<void> => {
      const rows = await context.database.help.ofAccount(account.accountId, HELP_TOLD_MAX)
      for (const row of rows) {
        if (!closed.aborted) connection.notify('help_changed', { helpRequest: toHelpRequest(row) })
      }
    }
    const unsubscribe = context.bus.subscribe(`account.${account.accountId}`, (event) => {
      if (event.kind === 'help_changed') {
        connection.notify('help_changed', { helpRequest: event.helpRequest })
      } else if (event.kind === 'account_changed') {
        context.catchUp.add('views', closed, tellAccount)
      } else if (event.kind === 'missed') {
        context.catchUp.add('views', closed, tellAccount)
        context.catchUp.add('views', closed, tellHelp)
      }
    })
    closed.addEventListener('abort', unsubscribe, { once: true })
  }
}
