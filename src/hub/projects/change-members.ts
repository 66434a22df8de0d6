import type { MemberRow, MembershipChange } from '../../database/port/membership.ts'
import { accountId } from '../../messages/ids.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { publishProject } from './project-view.ts'

/** Others changed the members at the same moment so often in a row: something is wrong. */
const TRIES_MAX = 20

/**
 * Changes the members of a project. `decide` sees them as they are at the moment of the change; it may run several
 * times, and throws to refuse. Everybody concerned is told: those removed, those whose role changed, and all members.
 * @throws CodedError `conflict` where no owner would be left
 */
export async function changeMembers(
  context: HubContext,
  project: ProjectId,
  decide: (members: readonly MemberRow[]) => readonly MembershipChange[],
): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { version, members } = await context.database.membership.ofProject(project)
    const changes = decide(members)
    if (changes.length === 0) return
    refuseWithoutOwner(members, changes)
    if ((await context.database.membership.change(project, version, changes)) === 'changed') {
      publishRoles(context, project, { members, changes })
      await publishProject(context, project)
      return
    }
  }
  throw refusal('conflict', 'Others are changing the members of this project. Try again.')
}

function refuseWithoutOwner(
  members: readonly MemberRow[],
  changes: readonly MembershipChange[],
): void {
  const roles = new Map(members.map((member) => [member.accountId, member.role]))
  const hadOwner = members.length === 0 || [...roles.values()].includes('owner')
  for (const change of changes) {
    if (change.kind === 'remove') roles.delete(change.accountId)
    else roles.set(change.member.accountId, change.member.role)
  }
  if (hadOwner && ![...roles.values()].includes('owner')) {
    throw refusal(
      'conflict',
      'A project needs an owner. Make somebody else owner first, or delete the project.',
    )
  }
}

function publishRoles(
  context: HubContext,
  project: ProjectId,
  change: { members: readonly MemberRow[]; changes: readonly MembershipChange[] },
): void {
  for (const one of change.changes) {
    const id = accountId.parse(one.kind === 'remove' ? one.accountId : one.member.accountId)
    const before = change.members.find((member) => member.accountId === id)?.role
    const role = one.kind === 'remove' ? undefined : one.member.role
    if (role === before) continue
    context.bus.publish(`project.${project}`, { kind: 'role_changed', accountId: id, role })
    if (role === undefined) {
      context.bus.publish(`account.${id}`, { kind: 'project_removed', projectId: project })
    }
  }
}
