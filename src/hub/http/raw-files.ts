import type { AnswerOf, NoticeOf, RequestOf } from '../../messages/define.ts'
import type {
  ClientToLocalHub,
  ClientToLocalHubNotices,
} from '../../messages/client-to-local-hub.ts'
import type { AccountId, ProjectId, Role } from '../../messages/ids.ts'
import type { LocalHubToClient } from '../../messages/local-hub-to-client.ts'

/**
 * The hub itself as a client of a project's local hub, for raw files. Implemented in relay/ as one more client on
 * the link that the hub has with this project.
 */
export interface ProjectClient extends AsyncDisposable {
  /** @throws CodedError with the code of the refusal, `deadline`, or `closed` where the link ended */
  request<E extends keyof ClientToLocalHub & string>(
    event: E,
    body: RequestOf<ClientToLocalHub, E>,
  ): Promise<AnswerOf<ClientToLocalHub, E>>
  notify<E extends keyof ClientToLocalHubNotices & string>(
    event: E,
    body: NoticeOf<ClientToLocalHubNotices, E>,
  ): void
  /** Pushes and chunks come in the order in which they were sent; the listener must not throw. */
  listen(listener: {
    readonly onNotice: <E extends keyof LocalHubToClient & string>(
      event: E,
      body: NoticeOf<LocalHubToClient, E>,
    ) => void
    readonly onChunk: (channel: number, payload: Uint8Array) => void
  }): void
  /** Aborts when the link, the role or the project has ended. */
  readonly closed: AbortSignal
}

/**
 * Joins a project in this role, starting it where it is stopped.
 * @throws CodedError `project_start_failed`, `unavailable`, `deadline`
 */
export type OpenProjectAsHub = (
  projectId: ProjectId,
  as: { readonly accountId: AccountId; readonly name: string; readonly role: Role },
) => Promise<ProjectClient>
