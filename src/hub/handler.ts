import type { ClientToHub } from '../messages/client-to-hub.ts'
import type { Account } from '../messages/account.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../messages/define.ts'
import type { HubToClient } from '../messages/hub-to-client.ts'
import type { SessionId } from '../messages/ids.ts'

/** One connection of a browser, on route 0. */
export interface HubConnection {
  readonly id: number
  /** Undefined where nobody is signed in. */
  readonly account: Account | undefined
  readonly sessionId: SessionId | undefined
  readonly address: string
  readonly userAgent: string
  notify<E extends keyof HubToClient & string>(event: E, body: NoticeOf<HubToClient, E>): void
  /** Aborts when the connection has ended. */
  readonly closed: AbortSignal
}

/** Authorization was checked by the definition before a handler runs, the message by its schema. */
export type HubHandler<E extends keyof ClientToHub> = (
  request: RequestOf<ClientToHub, E>,
  connection: HubConnection,
) => AnswerOf<ClientToHub, E> | Promise<AnswerOf<ClientToHub, E>>

/** The handlers of some events: each area exports a function that makes its part. */
export type HubHandlers<Events extends keyof ClientToHub> = { [E in Events]: HubHandler<E> }
