import type { Account } from '../../messages/account.ts'
import type { HubConnection } from '../handler.ts'
import { refusal } from '../refuse.ts'

/** Who is signed in on this connection. @throws CodedError `not_signed_in` */
export function accountOfConnection(connection: HubConnection): Account {
  if (connection.account === undefined) throw refusal('not_signed_in', 'Sign in first.')
  return connection.account
}
