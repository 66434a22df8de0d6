import { randomUUID } from 'node:crypto'

import type { InvitationRow } from '../../database/port/invitations.ts'
import type { Account } from '../../messages/account.ts'
import { accountId, invitationId, projectId } from '../../messages/ids.ts'
import type { ProjectId, Role } from '../../messages/ids.ts'
import type { Invitation, ReceivedInvitation } from '../../messages/projects.ts'
import { hashToken, invitationToken, readInvitationToken } from '../auth/tokens.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { changeMembers } from './change-members.ts'

export const INVITATION_MS = 30 * 24 * 60 * 60_000

export async function createInvitation(
  context: HubContext,
  inviter: Account,
  what: {
    readonly projectId: ProjectId | undefined
    readonly email: string
    readonly role: Role
  },
): Promise<InvitationRow> {
  const createdMs = context.now()
  const row: InvitationRow = {
    invitationId: randomUUID(),
    projectId: what.projectId,
    email: what.email,
    role: what.role,
    inviterId: inviter.accountId,
    createdMs,
    expiresMs: createdMs + INVITATION_MS,
  }
  await context.database.invitations.create(row)
  await publishInvitation(context, row)
  return row
}

/** The token is in the fragment, which browsers send to nobody. */
export function invitationLink(context: HubContext, row: InvitationRow): string {
  const token = invitationToken(context.secret, row.invitationId)
  return new URL(`invitation#token=${token}`, context.settings.publicUrl).href
}

export async function viewInvitation(context: HubContext, row: InvitationRow): Promise<Invitation> {
  const inviter = await context.database.accounts.get(row.inviterId)
  return {
    invitationId: invitationId.parse(row.invitationId),
    email: row.email,
    role: row.role,
    createdMs: row.createdMs,
    expiresMs: row.expiresMs,
    inviterName: inviter?.name ?? '',
    link: invitationLink(context, row),
  }
}

/** Those for the account's address, where it is verified. */
export async function receivedInvitations(
  context: HubContext,
  account: { readonly email: string; readonly emailVerified: boolean },
): Promise<ReceivedInvitation[]> {
  if (!account.emailVerified) return []
  const rows = await context.database.invitations.ofEmail(account.email)
  const views = await Promise.all(rows.map((row) => viewReceived(context, row)))
  return views.filter((view) => view !== undefined)
}

/** What it is about, for who got it; undefined where it leads nowhere any more. */
export async function viewReceived(
  context: HubContext,
  row: InvitationRow,
): Promise<ReceivedInvitation | undefined> {
  if (row.projectId === undefined || row.expiresMs <= context.now()) return undefined
  const [project, inviter] = await Promise.all([
    context.database.projects.get(row.projectId),
    context.database.accounts.get(row.inviterId),
  ])
  if (project === undefined || project.deletedMs !== undefined) return undefined
  return {
    invitationId: invitationId.parse(row.invitationId),
    projectTitle: project.title,
    inviterName: inviter?.name ?? '',
    role: row.role,
    expiresMs: row.expiresMs,
  }
}

/** @throws CodedError `token_invalid` where it is no token of ours, or what it was for is gone */
export async function invitationOfToken(
  context: HubContext,
  token: string,
): Promise<InvitationRow> {
  const id = readInvitationToken(context.secret, token)
  const row = id === undefined ? undefined : await context.database.invitations.get(id)
  return usable(context, row)
}

/** Accepts by the link. The same account may open its link again. @throws CodedError `token_invalid` */
export async function acceptByToken(
  context: HubContext,
  account: Account,
  token: string,
): Promise<ProjectId | undefined> {
  const used = await context.database.tokens.get('used_invitation', hashToken(token))
  if (used !== undefined) {
    const [byAccount, intoProject] = used.data.split(' ')
    if (byAccount === account.accountId && intoProject !== undefined) {
      return projectId.parse(intoProject)
    }
    throw gone()
  }
  return accept(context, account, await invitationOfToken(context, token))
}

/** Accepts by id. @throws CodedError `forbidden` unless the account's verified address is the invited one */
export async function acceptById(
  context: HubContext,
  account: Account,
  id: string,
): Promise<ProjectId | undefined> {
  return accept(context, account, await ownInvitation(context, account, id))
}

/** @throws CodedError `forbidden`, `token_invalid` */
export async function ownInvitation(
  context: HubContext,
  account: Account,
  id: string,
): Promise<InvitationRow> {
  const row = await context.database.invitations.get(id)
  const matches = row?.email.toLowerCase() === account.email.toLowerCase()
  if (row !== undefined && !(account.emailVerified && matches)) {
    throw refusal('forbidden', 'Open the link of the invitation, or confirm your e-mail address.')
  }
  return usable(context, row)
}

/** Tells the project's members to ask again, and the invited person, if there is an account. */
export async function publishInvitation(context: HubContext, row: InvitationRow): Promise<void> {
  if (row.projectId === undefined) return
  const project = projectId.parse(row.projectId)
  const { members } = await context.database.membership.ofProject(project)
  const invited = (await context.database.claims.get('email', row.email.toLowerCase()))?.owner
  const concerned = new Set(members.map((member) => member.accountId))
  for (const id of concerned) {
    context.bus.publish(`account.${accountId.parse(id)}`, {
      kind: 'invitations_changed',
      projectId: project,
    })
  }
  if (invited === undefined) return
  context.bus.publish(`account.${accountId.parse(invited)}`, {
    kind: 'invitations_changed',
    projectId: undefined,
  })
}

async function accept(
  context: HubContext,
  account: Account,
  row: InvitationRow,
): Promise<ProjectId | undefined> {
  const taken = usable(context, await context.database.invitations.take(row.invitationId))
  const nowMs = context.now()
  await context.database.tokens.create({
    purpose: 'used_invitation',
    tokenHash: hashToken(invitationToken(context.secret, row.invitationId)),
    createdMs: nowMs,
    expiresMs: nowMs + INVITATION_MS,
    data: [account.accountId, taken.projectId].filter((part) => part !== undefined).join(' '),
  })
  if (taken.projectId === undefined) return undefined
  const project = projectId.parse(taken.projectId)
  await changeMembers(context, project, (members) => {
    // An invitation never takes a right away from who is a member already.
    if (members.some((member) => member.accountId === account.accountId)) return []
    const { role } = taken
    const member = { projectId: project, accountId: account.accountId, role, hidden: false }
    return [{ kind: 'put', member: { ...member, sinceMs: nowMs } }]
  })
  await publishInvitation(context, taken)
  return project
}

function usable(context: HubContext, row: InvitationRow | undefined): InvitationRow {
  if (row === undefined || row.expiresMs <= context.now()) throw gone()
  return row
}

function gone(): Error {
  return refusal(
    'token_invalid',
    'This invitation was used, withdrawn, or has expired. Ask for another.',
  )
}
