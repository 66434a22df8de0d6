import type { AccountRow } from '../../database/port/accounts.ts'
import { editorSettings } from '../../messages/account.ts'
import type { Account } from '../../messages/account.ts'
import { accountId } from '../../messages/ids.ts'

/** What of an account its owner and an admin may know: never its password's hash. */
export function toAccount(row: AccountRow): Account {
  return {
    accountId: accountId.parse(row.accountId),
    name: row.name,
    email: row.email,
    emailVerified: row.emailVerified,
    admin: row.admin,
    settings: editorSettings.parse(JSON.parse(row.settings)),
    createdMs: row.createdMs,
  }
}
