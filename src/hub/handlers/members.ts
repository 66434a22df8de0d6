import type { Account } from '../../messages/account.ts'
import type { ProjectId, Role } from '../../messages/ids.ts'
import { mayAs } from '../auth/authorize.ts'
import { takeAttempt } from '../auth/throttle.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { invitationMail } from '../mail/templates.ts'
import { changeMembers } from '../projects/change-members.ts'
import {
  acceptById,
  acceptByToken,
  createInvitation,
  invitationLink,
  ownInvitation,
  publishInvitation,
  viewInvitation,
} from '../projects/invitations.ts'
import { liveProject } from '../projects/project-view.ts'
import { refusal } from '../refuse.ts'
import { accountOfConnection } from './caller.ts'

type Invitations =
  | 'list_invitations'
  | 'invite'
  | 'revoke_invitation'
  | 'accept_invitation'
  | 'decline_invitation'
type Members = 'set_role' | 'remove_member'

/** Who works together in a project. */
export function memberHandlers(context: HubContext): HubHandlers<Invitations | Members> {
  return { ...invitationHandlers(context), ...roleHandlers(context) }
}

function invitationHandlers(context: HubContext): HubHandlers<Invitations> {
  const { database } = context
  return {
    list_invitations: async (request) => {
      const rows = await database.invitations.ofProject(request.projectId)
      const live = rows.filter((row) => row.expiresMs > context.now())
      return { invitations: await Promise.all(live.map((row) => viewInvitation(context, row))) }
    },
    invite: async (request, connection) => {
      const account = accountOfConnection(connection)
      return invite(context, account, request)
    },
    revoke_invitation: async (request) => {
      const row = await database.invitations.get(request.invitationId)
      if (row?.projectId !== request.projectId) {
        throw refusal('not_found', 'There is no such invitation any more.')
      }
      await database.invitations.take(request.invitationId)
      await publishInvitation(context, row)
      return {}
    },
    accept_invitation: async ({ token, invitationId }, connection) => {
      const account = accountOfConnection(connection)
      if ((token === undefined) === (invitationId === undefined)) {
        throw refusal('bad_value', 'An invitation is accepted by its token or by its id.')
      }
      const projectId =
        token === undefined
          ? await acceptById(context, account, invitationId ?? '')
          : await acceptByToken(context, account, token)
      if (projectId === undefined) {
        throw refusal('not_found', 'This invitation was for an account alone, which you have.')
      }
      return { projectId }
    },
    decline_invitation: async ({ invitationId }, connection) => {
      const row = await ownInvitation(context, accountOfConnection(connection), invitationId)
      await database.invitations.take(row.invitationId)
      await publishInvitation(context, row)
      return {}
    },
  }
}

function roleHandlers(context: HubContext): HubHandlers<Members> {
  return {
    set_role: async ({ projectId, accountId, role }) => {
      await liveProject(context, projectId)
      await changeMembers(context, projectId, (members) => {
        const member = members.find((one) => one.accountId === accountId)
        if (member === undefined) throw refusal('not_found', 'This person is no member.')
        return [{ kind: 'put', member: { ...member, role } }]
      })
      return {}
    },
    remove_member: async ({ projectId, accountId }) => {
      await changeMembers(context, projectId, (members) => {
        const member = members.find((one) => one.accountId === accountId)
        if (member === undefined) throw refusal('not_found', 'This person is no member.')
        return [{ kind: 'remove', accountId }]
      })
      return {}
    },
  }
}

async function invite(
  context: HubContext,
  account: Account,
  request: { readonly projectId: ProjectId; readonly email: string; readonly role: Role },
) {
  await takeAttempt(context, 'invite', account.accountId)
  const project = await liveProject(context, request.projectId)
  const { members } = await context.database.membership.ofProject(request.projectId)
  const mine = members.find((member) => member.accountId === account.accountId)
  if (mine === undefined || !mayAs(mine.role, request.role)) {
    throw refusal('forbidden', 'Only an owner invites owners.')
  }
  await refuseMember(context, members, request.email)
  const row = await createInvitation(context, account, request)
  const state = await context.outbox.post(
    invitationMail(context.settings.siteName, row.email, {
      link: invitationLink(context, row),
      inviterName: account.name,
      projectTitle: project.title,
      role: row.role,
    }),
  )
  return { invitation: await viewInvitation(context, row), mailed: state === 'sent' }
}

async function refuseMember(
  context: HubContext,
  members: readonly { readonly accountId: string }[],
  email: string,
): Promise<void> {
  // By the members' own addresses, which the inviter sees anyway: nothing is told of other accounts.
  const accounts = await context.database.accounts.getMany(members.map((one) => one.accountId))
  if (accounts.some((account) => account.email.toLowerCase() === email.toLowerCase())) {
    throw refusal('exists', 'This person is a member of the project.')
  }
}
