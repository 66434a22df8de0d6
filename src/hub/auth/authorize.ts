import type { Database } from '../../database/port/database.ts'
import type { Account } from '../../messages/account.ts'
import type { Authorization } from '../../messages/define.ts'
import { projectId } from '../../messages/ids.ts'
import type { Role } from '../../messages/ids.ts'
import { refusal } from '../refuse.ts'

/** What a role may, may those after it not. */
const RANK: Readonly<Record<Role, number>> = { owner: 3, editor: 2, viewer: 1 }

/** Whether a role is at least another. */
export function mayAs(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed]
}

/**
 * Checks what a message's definition declares, for the dispatcher of route 0: the account of the connection, and
 * its role in the project that the message names. A project in the trash still has its members here; handlers that
 * need a live one look themselves.
 * @throws CodedError `not_signed_in`, `forbidden`; `not_found` for a project of which the account is no member, so
 *   that the answer does not tell whether there is one
 */
export async function authorizeRequest(
  database: Database,
  authorization: Authorization,
  caller: {
    readonly account: Account | undefined
    readonly message: Readonly<Record<string, unknown>>
  },
): Promise<void> {
  const { account, message } = caller
  if (authorization === 'public') return
  if (account === undefined) throw refusal('not_signed_in', 'Sign in first.')
  if (authorization === 'account') return
  if (authorization === 'admin') {
    if (!account.admin) throw refusal('forbidden', 'Only an administrator may do this.')
    return
  }
  const project = projectId.parse(message['projectId'])
  const member = await database.membership.of(project, account.accountId)
  if (member === undefined)
    throw refusal('not_found', 'There is no such project, or you are no member.')
  if (!mayAs(member.role, authorization)) {
    throw refusal(
      'forbidden',
      `Only ${authorization === 'owner' ? 'an owner' : 'an owner or editor'} may do this.`,
    )
  }
}
