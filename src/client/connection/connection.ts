import type { ClientToHub } from '../../messages/client-to-hub.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../../messages/define.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { Observable } from '../app/observable.ts'
import type { ProjectConnection } from './project-connection.ts'

/**
 *     connecting ──hello──> connected ──lost──> reconnecting ──hello──> connected
 *                              │                    │  ▲
 *                              └── no network ──> offline
 *     any ── hello refused with old_version ──> old_version (final: the page has to be loaded again)
 */
export interface ConnectionState {
  readonly kind: 'connecting' | 'connected' | 'offline' | 'reconnecting' | 'old_version'
  /** By this browser's clock, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Reconnecting: when the next attempt is made. */
  readonly nextAttemptMs?: number
}

export interface RequestOptions {
  readonly signal?: AbortSignal
  /** REQUEST_DEADLINE_MS where nothing else is said; `open_project` needs longer. */
  readonly deadlineMs?: number
}

/**
 * The one connection of a page to whichever hub answers. It reconnects by itself, with jitter; nothing that was
 * requested before is sent again by it.
 */
export interface Connection {
  readonly state: Observable<ConnectionState>
  /** Rejects with a RequestError; `closed` at once where there is no connection. */
  request<E extends keyof ClientToHub & string>(
    event: E,
    body: RequestOf<ClientToHub, E>,
    options?: RequestOptions,
  ): Promise<AnswerOf<ClientToHub, E>>
  /** Returns how to stop listening. */
  on<E extends keyof HubToClient & string>(
    event: E,
    listener: (notice: NoticeOf<HubToClient, E>) => void,
  ): () => void
  /** A route to a project's local hub; `close` it when the page leaves the project. */
  openProject(projectId: ProjectId): ProjectConnection
  /** Does not wait for the next attempt, as after `Try again`. */
  reconnectNow(): void
  /** Connects anew, with the cookie that the browser has now: after signing in or out. Resolves when connected. */
  restart(): Promise<void>
  /** Ends it for good. */
  close(): void
}
