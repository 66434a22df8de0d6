import type { ProjectRow } from '../../database/port/projects.ts'
import type { MemberRow } from '../../database/port/membership.ts'
import { accountId, projectId } from '../../messages/ids.ts'
import type { AccountId, ProjectId } from '../../messages/ids.ts'
import type { Project } from '../../messages/projects.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'

/** A project as this account sees it; undefined where it is no member. */
export async function viewProject(
  context: HubContext,
  account: AccountId,
  project: ProjectId,
): Promise<Project | undefined> {
  const [row, { members }] = await Promise.all([
    context.database.projects.get(project),
    context.database.membership.ofProject(project),
  ])
  const mine = members.find((member) => member.accountId === account)
  return row === undefined || mine === undefined ? undefined : toView(context, row, mine, members)
}

/** All projects of an account, the one used last first. */
export async function viewProjects(context: HubContext, account: AccountId): Promise<Project[]> {
  const rows = await context.database.membership.ofAccount(account)
  const projects = await Promise.all(
    rows.map((row) => viewProject(context, account, projectId.parse(row.projectId))),
  )
  return projects
    .filter((project) => project !== undefined)
    .toSorted((a, b) => b.lastUsedMs - a.lastUsedMs)
}

/** @throws CodedError `not_found` for one in the trash too */
export async function liveProject(context: HubContext, project: ProjectId): Promise<ProjectRow> {
  const row = await context.database.projects.get(project)
  if (row === undefined) throw refusal('not_found', 'There is no such project.')
  if (row.deletedMs !== undefined) throw refusal('not_found', 'This project is in the trash.')
  return row
}

/** Tells all members, on all hubs, that something of the project is different now. */
export async function publishProject(context: HubContext, project: ProjectId): Promise<void> {
  const { members } = await context.database.membership.ofProject(project)
  for (const member of members) {
    context.bus.publish(`account.${accountId.parse(member.accountId)}`, {
      kind: 'project_changed',
      projectId: project,
    })
  }
}

async function toView(
  context: HubContext,
  row: ProjectRow,
  mine: MemberRow,
  members: readonly MemberRow[],
): Promise<Project> {
  const accounts = await context.database.accounts.getMany(members.map((one) => one.accountId))
  const byId = new Map(accounts.map((account) => [account.accountId, account]))
  const project = projectId.parse(row.projectId)
  return {
    projectId: project,
    title: row.title,
    description: row.description,
    role: mine.role,
    state: context.hosts.stateOf(project),
    hidden: mine.hidden,
    createdMs: row.createdMs,
    lastUsedMs: row.lastUsedMs,
    ...(row.deletedMs === undefined ? {} : { deletedMs: row.deletedMs }),
    members: members.map((member) => {
      const account = byId.get(member.accountId)
      return {
        accountId: accountId.parse(member.accountId),
        name: account?.name ?? '',
        email: account?.email ?? '',
        role: member.role,
      }
    }),
  }
}
