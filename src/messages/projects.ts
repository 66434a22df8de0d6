import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { accountId, email, invitationId, projectId, role, routeId, timeMs } from './ids.ts'
import { DESCRIPTION_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts'

const title = z.string().trim().min(1).max(TITLE_CHARACTERS_MAX)
const description = z.string().max(DESCRIPTION_CHARACTERS_MAX)

/** `frozen`: its host can't renew its lease; it goes on where it was, or is ended. */
export const projectState = z.enum([
  'stopped',
  'starting',
  'running',
  'frozen',
  'stopping',
  'failed',
])
export type ProjectState = z.infer<typeof projectState>

export const member = z.object({ accountId, name: z.string(), email: z.string(), role })
export type Member = z.infer<typeof member>

export const invitation = z.object({
  invitationId,
  email: z.string(),
  role,
  createdMs: timeMs,
  expiresMs: timeMs,
  inviterName: z.string(),
  /** To copy: shown to the project's owners and editors until it is accepted. */
  link: z.string().optional(),
})
export type Invitation = z.infer<typeof invitation>

export const project = z.object({
  projectId,
  title: z.string(),
  description: z.string(),
  role,
  state: projectState,
  hidden: z.boolean(),
  createdMs: timeMs,
  /** When somebody last opened or changed something in it. */
  lastUsedMs: timeMs,
  /** Set while it waits in the trash; purged 30 days after. */
  deletedMs: timeMs.optional(),
  members: z.array(member),
})
export type Project = z.infer<typeof project>

/** An invitation that the account may accept without its link: its verified address matches. */
export const receivedInvitation = z.object({
  invitationId,
  projectTitle: z.string(),
  inviterName: z.string(),
  role,
  expiresMs: timeMs,
})
export type ReceivedInvitation = z.infer<typeof receivedInvitation>

/** Phases of a start, in order; told as they begin. */
export const startPhase = z.enum([
  'placing',
  'creating',
  'user',
  'launching',
  'local_hub',
  'connecting',
])
export type StartPhase = z.infer<typeof startPhase>

export const projectRequests = {
  /** All projects of the account, and from now on `project_changed`, `project_removed`, `invitation_received` with `seq` from this one on. */
  watch_projects: defineRequest(
    'account',
    {},
    { seq: z.int(), projects: z.array(project), invitations: z.array(receivedInvitation) },
  ),
  create_project: defineRequest('account', { title }, { project }),
  update_project: defineRequest(
    'editor',
    { projectId, title: title.optional(), description: description.optional() },
    { project },
  ),
  /** One's own list only. */
  hide_project: defineRequest('viewer', { projectId, hidden: z.boolean() }, { project }),
  /** Refused with `conflict` for the only owner while others are members. */
  leave_project: defineRequest('viewer', { projectId }, {}),
  /** To the trash, for 30 days. */
  delete_project: defineRequest('owner', { projectId }, {}),
  undelete_project: defineRequest('owner', { projectId }, { project }),

  list_invitations: defineRequest('editor', { projectId }, { invitations: z.array(invitation) }),
  /** `mailed` says whether the mail was taken by the mail server; the link is there to copy either way. Editors invite editors and viewers; owners anybody. */
  invite: defineRequest('editor', { projectId, email, role }, { invitation, mailed: z.boolean() }),
  revoke_invitation: defineRequest('editor', { projectId, invitationId }, {}),
  /** By the link's token, or by id where the account's verified address is the invited one. */
  accept_invitation: defineRequest(
    'account',
    { token: z.string().max(200).optional(), invitationId: invitationId.optional() },
    { projectId },
  ),
  decline_invitation: defineRequest('account', { invitationId }, {}),
  set_role: defineRequest('owner', { projectId, accountId, role }, {}),
  remove_member: defineRequest('owner', { projectId, accountId }, {}),

  /** Opens a route to the project's local hub, starting the project where it is stopped (phases come as `project_starting`). */
  open_project: defineRequest('viewer', { projectId }, { route: routeId, role }),
  close_route: defineRequest('account', { route: routeId }, {}),
  stop_project: defineRequest('editor', { projectId }, {}),
  restart_project: defineRequest('editor', { projectId }, {}),
  /** A single-use right, for 30 seconds, to enter the content origin for one project. */
  create_content_ticket: defineRequest(
    'viewer',
    { projectId },
    { ticket: z.string(), contentUrl: z.string() },
  ),
}

export const projectNotices = {
  project_changed: defineNotice('account', { seq: z.int(), project }),
  project_removed: defineNotice('account', { seq: z.int(), projectId }),
  invitation_received: defineNotice('account', { seq: z.int(), invitation: receivedInvitation }),
  invitation_withdrawn: defineNotice('account', { seq: z.int(), invitationId }),
  /** Invitations of a project that the account may see have changed: ask again. */
  invitations_changed: defineNotice('account', { seq: z.int(), projectId }),
  project_starting: defineNotice('account', {
    projectId,
    phase: startPhase,
    /** Milliseconds since the start began. */
    elapsedMs: z.int(),
  }),
  /** The route is gone: `restarting` and `lost` may be opened again at once; the others say why not. */
  route_closed: defineNotice('account', {
    route: routeId,
    reason: z.enum(['lost', 'restarting', 'stopped', 'removed', 'deleted', 'signed_out']),
  }),
  /** The role on this route has changed and counts from now on. */
  role_changed: defineNotice('account', { route: routeId, role }),
}
