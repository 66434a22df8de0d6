import type { ClientToLocalHub, ClientToLocalHubNotices } from '../messages/client-to-local-hub.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../messages/define.ts'
import type { LocalClient } from './client.ts'

/** The role was checked by the definition's `authorization` before a handler runs, the message by its schema. */
export type Handler<E extends keyof ClientToLocalHub> = (
  request: RequestOf<ClientToLocalHub, E>,
  client: LocalClient,
) => AnswerOf<ClientToLocalHub, E> | Promise<AnswerOf<ClientToLocalHub, E>>

/** The handlers of some events: each area exports a function that makes its part. */
export type Handlers<Events extends keyof ClientToLocalHub> = { [E in Events]: Handler<E> }

export type NoticeHandlers<Events extends keyof ClientToLocalHubNotices> = {
  [E in Events]: (notice: NoticeOf<ClientToLocalHubNotices, E>, client: LocalClient) => void
}
