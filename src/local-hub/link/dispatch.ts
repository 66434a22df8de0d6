import { clientToLocalHub, clientToLocalHubNotices } from '../../messages/client-to-local-hub.ts'
import type {
  ClientToLocalHub,
  ClientToLocalHubNotices,
} from '../../messages/client-to-local-hub.ts'
import type { Authorization } from '../../messages/define.ts'
import { createDispatch } from '../../messages/dispatch.ts'
import type { Dispatch, NoticeHandlers, Refusal, RequestHandlers } from '../../messages/dispatch.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { role } from '../../messages/ids.ts'
import type { Role } from '../../messages/ids.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LocalClient } from '../client.ts'

/** All that a client can ask of a local hub. */
export interface LocalHubHandlers {
  readonly requests: RequestHandlers<ClientToLocalHub, LocalClient>
  readonly notices: NoticeHandlers<ClientToLocalHubNotices, LocalClient>
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, owner: 2 }

/** Checks each message's shape and the client's role of this moment, and gives each request its one answer. */
export function createClientDispatch(
  handlers: LocalHubHandlers,
  onRefused: (refusal: Refusal, client: LocalClient) => void,
): Dispatch<LocalClient> {
  return createDispatch({
    requests: clientToLocalHub,
    handlers: handlers.requests,
    notices: clientToLocalHubNotices,
    noticeHandlers: handlers.notices,
    authorize: (authorization, _message, client) => checkRole(authorization, client),
    onRefused,
  })
}

/** @throws CodedError `read_only` to a viewer, else `forbidden` */
export function checkRole(authorization: Authorization, client: { readonly role: Role }): void {
  const needed = role.safeParse(authorization)
  if (needed.success && RANK[client.role] >= RANK[needed.data]) return
  if (client.role === 'viewer') {
    throw new CodedError<ErrorCode>('read_only', 'you may look at this project, but not change it')
  }
  throw new CodedError<ErrorCode>('forbidden', `this takes the role ${authorization}`)
}
