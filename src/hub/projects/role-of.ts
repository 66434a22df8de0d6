import type { Database } from '../../database/port/database.ts'
import type { AccountId, ProjectId, Role } from '../../messages/ids.ts'

/**
 * The role of an account in a project; undefined for who is no member, and for everybody while it is in the trash.
 * @throws DatabaseAway
 */
export async function roleOf(
  database: Database,
  accountId: AccountId,
  projectId: ProjectId,
): Promise<Role | undefined> {
  const member = await database.membership.of(projectId, accountId)
  if (member === undefined) return undefined
  const project = await database.projects.get(projectId)
  return project === undefined || project.deletedMs !== undefined ? undefined : member.role
}

/**
 * The role, also while the project is in the trash, where an owner may undelete it and anybody leave it; nothing
 * of it runs then, because no place is given to it.
 */
export async function memberRole(
  database: Database,
  accountId: AccountId,
  projectId: ProjectId,
): Promise<Role | undefined> {
  return (await database.membership.of(projectId, accountId))?.role
}
