import { randomUUID } from 'node:crypto'

import { projectId } from '../../messages/ids.ts'
import type { AccountId, ProjectId } from '../../messages/ids.ts'
import type { Project } from '../../messages/projects.ts'
import { createContentTicket } from '../content/tickets.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { changeMembers } from '../projects/change-members.ts'
import { liveProject, publishProject, viewProject } from '../projects/project-view.ts'
import type { Purge } from '../projects/purge.ts'
import { refusal } from '../refuse.ts'
import { accountOfConnection } from './caller.ts'

type Events =
  | 'create_project'
  | 'update_project'
  | 'hide_project'
  | 'leave_project'
  | 'delete_project'
  | 'undelete_project'
  | 'create_content_ticket'

/** The life of a project, but for what runs in it. */
export function projectHandlers(context: HubContext, purge: Purge): HubHandlers<Events> {
  const { database } = context
  return {
    ...trashHandlers(context, purge),
    create_project: async ({ title }, connection) => {
      const { accountId } = accountOfConnection(connection)
      const project = await createProject(context, accountId, title)
      return { project: await view(context, accountId, project) }
    },
    update_project: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await liveProject(context, request.projectId)
      await database.projects.update(request.projectId, {
        ...(request.title === undefined ? {} : { title: request.title }),
        ...(request.description === undefined ? {} : { description: request.description }),
      })
      await publishProject(context, request.projectId)
      return { project: await view(context, accountId, request.projectId) }
    },
    hide_project: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await database.membership.setHidden(request.projectId, accountId, request.hidden)
      context.bus.publish(`account.${accountId}`, {
        kind: 'project_changed',
        projectId: request.projectId,
      })
      return { project: await view(context, accountId, request.projectId) }
    },
    leave_project: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await changeMembers(context, request.projectId, () => [{ kind: 'remove', accountId }])
      return {}
    },
    create_content_ticket: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await liveProject(context, request.projectId)
      const { sessionId } = connection
      if (sessionId === undefined) throw refusal('not_signed_in', 'Sign in first.')
      const ticket = await createContentTicket(context, {
        accountId,
        sessionId,
        projectId: request.projectId,
      })
      return { ticket, contentUrl: context.settings.contentUrl.href }
    },
  }
}

function trashHandlers(
  context: HubContext,
  purge: Purge,
): HubHandlers<'delete_project' | 'undelete_project'> {
  const { database } = context
  return {
    delete_project: async (request) => {
      await liveProject(context, request.projectId)
      await purge.schedule(request.projectId)
      await database.projects.update(request.projectId, { deletedMs: context.now() })
      context.bus.publish(`project.${request.projectId}`, { kind: 'project_deleted' })
      await publishProject(context, request.projectId)
      void context.hosts.stop(request.projectId).catch((error: unknown) => {
        context.logger.warn({ err: error, projectId: request.projectId }, 'deleted, still runs')
      })
      return {}
    },
    undelete_project: async (request, connection) => {
      const { accountId } = accountOfConnection(connection)
      await purge.cancel(request.projectId)
      await database.projects.update(request.projectId, { deletedMs: undefined })
      await publishProject(context, request.projectId)
      return { project: await view(context, accountId, request.projectId) }
    },
  }
}

async function createProject(
  context: HubContext,
  accountId: AccountId,
  title: string,
): Promise<ProjectId> {
  const project = projectId.parse(randomUUID())
  const nowMs = context.now()
  await context.database.projects.create({
    projectId: project,
    title,
    description: '',
    createdMs: nowMs,
    lastUsedMs: nowMs,
    deletedMs: undefined,
  })
  const member = { projectId: project, accountId, hidden: false, sinceMs: nowMs }
  await changeMembers(context, project, () => [
    { kind: 'put', member: { ...member, role: 'owner' } },
  ])
  return project
}

async function view(context: HubContext, account: AccountId, project: ProjectId): Promise<Project> {
  const found = await viewProject(context, account, project)
  if (found === undefined) throw refusal('not_found', 'There is no such project.')
  return found
}
