import type { Authorization } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { projectId } from '../../messages/ids.ts'
import type { Role } from '../../messages/ids.ts'
import { PROTOCOL_VERSION_OLDEST } from '../../messages/version.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { BrowserConnection } from './browser-connection.ts'
import type { RoleOf } from './routes.ts'

const RANK: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, owner: 2 }

/**
 * Checks what the definition of a request declares, for a connection on route 0: that it has said hello in a version
 * that is served, that somebody is signed in, and the role in the project that the request names.
 */
export function createAuthorize(
  roleOf: RoleOf,
): (
  authorization: Authorization,
  message: Readonly<Record<string, unknown>>,
  connection: BrowserConnection,
) => void | Promise<void> {
  return (authorization, message, connection) => {
    greet(message, connection)
    if (authorization === 'public') return undefined
    const { account } = connection
    if (!account) throw new CodedError<ErrorCode>('not_signed_in', 'sign in first')
    if (authorization === 'account') return undefined
    if (authorization === 'admin') {
      if (account.admin) return undefined
      throw new CodedError<ErrorCode>('forbidden', 'this is for admins')
    }
    const project = projectId.parse(message['projectId'])
    return roleOf(account.accountId, project).then((role) => checkRole(authorization, role))
  }
}

/** The version of `hello` is the first thing that is said; its handler says which is too old. */
function greet(message: Readonly<Record<string, unknown>>, connection: BrowserConnection): void {
  if (connection.greeted) return
  const version = message['version']
  if (typeof version === 'number') {
    connection.greeted = version >= PROTOCOL_VERSION_OLDEST
    if (connection.greeted) return
    throw new CodedError<ErrorCode>(
      'old_version',
      'this page is of an older version: load it again',
    )
  }
  throw new CodedError<ErrorCode>('bad_message', 'the first message of a connection is hello')
}

/** @throws CodedError `not_found` to who is no member: the project's existence is not told */
function checkRole(needed: Role, role: Role | undefined): void {
  if (role === undefined) throw new CodedError<ErrorCode>('not_found', 'there is no such project')
  if (RANK[role] >= RANK[needed]) return
  throw new CodedError<ErrorCode>('forbidden', `this takes the role ${needed}; you are ${role}`)
}
