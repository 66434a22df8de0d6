import type { MemberRole } from './membership.ts'

export interface InvitationRow {
  readonly invitationId: string
  /** Undefined: into the site, by its admin. */
  readonly projectId: string | undefined
  readonly email: string
  readonly role: MemberRole
  readonly inviterId: string
  readonly createdMs: number
  readonly expiresMs: number
}

/** By id, by project, and by address in lower case. The link's token follows from the id and a secret of the hubs. */
export interface InvitationStore {
  create(row: InvitationRow): Promise<void>
  get(invitationId: string): Promise<InvitationRow | undefined>
  /** Newest first. */
  ofProject(projectId: string): Promise<InvitationRow[]>
  /** Newest first. */
  ofEmail(email: string): Promise<InvitationRow[]>
  /** Takes it away and answers it: of any number who try at the same time, one gets it. */
  take(invitationId: string): Promise<InvitationRow | undefined>
}
