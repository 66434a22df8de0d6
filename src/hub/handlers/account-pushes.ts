import { toAccount } from '../auth/account-row.ts'
import type { HubContext } from '../context.ts'
import type { HubConnection } from '../handler.ts'

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
    const unsubscribe = context.bus.subscribe(`account.${account.accountId}`, (event) => {
      if (event.kind === 'help_changed') {
        connection.notify('help_changed', { helpRequest: event.helpRequest })
      } else if (event.kind === 'account_changed') {
        tellAccount().catch((error: unknown) => {
          context.logger.warn({ err: error }, 'a change of an account could not be told')
        })
      }
    })
    closed.addEventListener('abort', unsubscribe, { once: true })
  }
}
