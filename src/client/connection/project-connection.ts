import type {
  ClientToLocalHub,
  ClientToLocalHubNotices,
} from '../../messages/client-to-local-hub.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../../messages/define.ts'
import type { ChannelId, ProjectId, Role } from '../../messages/ids.ts'
import type { LocalHubToClient } from '../../messages/local-hub-to-client.ts'
import type { StartPhase } from '../../messages/projects.ts'
import type { Observable } from '../app/observable.ts'
import type { RequestOptions } from './connection.ts'

/**
 *     opening ──> open ──connection or route lost──> lost ──(by itself)──> opening ──> open, epoch + 1
 *        └────────────┴── stopped, removed, deleted, signed out, start failed ──> closed ──reopen()──> opening
 */
export type ProjectConnectionState =
  | { readonly kind: 'opening'; readonly sinceMs: number; readonly phase?: StartPhase }
  | { readonly kind: 'open'; readonly sinceMs: number; readonly role: Role }
  | { readonly kind: 'lost'; readonly sinceMs: number }
  | {
      readonly kind: 'closed'
      readonly sinceMs: number
      readonly reason: 'stopped' | 'removed' | 'deleted' | 'signed_out' | 'failed'
      /** Failed: what happened. */
      readonly message?: string
    }

/** A stream inside the route; payloads are what stands behind `route . channel` in a binary frame. */
export interface Channel {
  /** Dropped silently when the route is lost: what must arrive is sent again after the next `epoch`. */
  send(payload: Uint8Array): void
  /** Stops listening; tells nobody (`close_document`, `close_terminal` do). */
  close(): void
}

/**
 * A route to a project's local hub. Channels and watched folders belong to one opening of the route: they end
 * with it, and whoever holds one opens it again when `epoch` rises.
 */
export interface ProjectConnection {
  readonly projectId: ProjectId
  readonly state: Observable<ProjectConnectionState>
  /** Raised at each opening, after `state` is `open`; 0 before the first. */
  readonly epoch: Observable<number>
  /** Rejects with a RequestError; `closed` at once where the route is not open. */
  request<E extends keyof ClientToLocalHub & string>(
    event: E,
    body: RequestOf<ClientToLocalHub, E>,
    options?: RequestOptions,
  ): Promise<AnswerOf<ClientToLocalHub, E>>
  /** Dropped silently where the route is not open. */
  notify<E extends keyof ClientToLocalHubNotices & string>(
    event: E,
    body: NoticeOf<ClientToLocalHubNotices, E>,
  ): void
  /** Returns how to stop listening. Listeners outlive reopenings. */
  on<E extends keyof LocalHubToClient & string>(
    event: E,
    listener: (notice: NoticeOf<LocalHubToClient, E>) => void,
  ): () => void
  /**
   * Payloads that came before the channel was opened here (right behind the answer that named it) are kept for
   * it and given at once, in order. Several may open one channel: each is given every payload.
   */
  openChannel(channel: ChannelId, onPayload: (payload: Uint8Array) => void): Channel
  /** Opens a closed route again, as after `Start`. */
  reopen(): void
  /** The page leaves the project. */
  close(): void
}
