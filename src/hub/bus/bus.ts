import type { AccountId, ProjectId, Role, SessionId } from '../../messages/ids.ts'
import type { HelpRequest } from '../../messages/help.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'

/**
 * Live events between hubs. Delivery only: it may lose a message or be away, and whoever needs to be sure reads
 * the database. Subjects are narrow, so that a hub hears only of accounts and projects that its clients use.
 */
export type BusEvent =
  /** The projects of an account have changed: one changed or is gone. */
  | { readonly kind: 'project_changed'; readonly projectId: ProjectId }
  | { readonly kind: 'project_removed'; readonly projectId: ProjectId }
  | { readonly kind: 'invitations_changed'; readonly projectId: ProjectId | undefined }
  | { readonly kind: 'account_changed' }
  | {
      readonly kind: 'sessions_ended'
      readonly sessions: readonly SessionId[]
      readonly reason: 'signed_out' | 'password_changed' | 'revoked'
    }
  | { readonly kind: 'help_changed'; readonly helpRequest: HelpRequest }
  /** On a project's subject. */
  | {
      readonly kind: 'role_changed'
      readonly accountId: AccountId
      readonly role: Role | undefined
    }
  | {
      readonly kind: 'project_state'
      readonly state: ProjectState
      readonly cause: string | undefined
    }
  | { readonly kind: 'project_phase'; readonly phase: StartPhase; readonly elapsedMs: number }
  | { readonly kind: 'project_deleted' }

export type BusSubject = `account.${AccountId}` | `project.${ProjectId}`

export interface Bus extends AsyncDisposable {
  publish(subject: BusSubject, event: BusEvent): void
  /** Calls the listener for each event of the subject until the returned function is called. */
  subscribe(subject: BusSubject, listener: (event: BusEvent) => void): () => void
}
