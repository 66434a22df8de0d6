import { accountId, projectId as parseProjectId } from '../../messages/ids.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { DueTimer } from '../due.ts'

/** How long a deleted project waits in the trash. */
export const TRASH_MS = 30 * 24 * 60 * 60_000
/** After a host could not destroy the files. */
const RETRY_MS = 60 * 60_000

/** Destroys projects 30 days after they were deleted. */
export class Purge implements Disposable {
  readonly #context: HubContext
  readonly #timer: DueTimer

  constructor(context: HubContext) {
    this.#context = context
    const { database, bus, now, logger } = context
    this.#timer = new DueTimer({
      database,
      bus,
      kind: 'purge_project',
      now,
      logger,
      work: (id) => this.#purge(parseProjectId.parse(id)),
    })
  }

  start(): void {
    this.#timer.start()
  }

  async schedule(projectId: ProjectId): Promise<void> {
    const dueMs = this.#context.now() + TRASH_MS
    await this.#context.database.due.put({ kind: 'purge_project', id: projectId, dueMs })
    this.#timer.reschedule()
  }

  async cancel(projectId: ProjectId): Promise<void> {
    await this.#context.database.due.remove('purge_project', projectId)
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  async #purge(projectId: ProjectId): Promise<void> {
    const { database, hosts, logger, now, bus } = this.#context
    const row = await database.projects.get(projectId)
    // Undeleted by another hub, or deleted anew: that has its own time.
    const due = row?.deletedMs !== undefined && row.deletedMs + TRASH_MS <= now()
    if (row !== undefined && !due) {
      await database.due.remove('purge_project', projectId)
      return
    }
    try {
      await hosts.purge(projectId)
    } catch (error) {
      logger.warn({ err: error, projectId }, 'the files of a deleted project are still there')
      await database.due.put({ kind: 'purge_project', id: projectId, dueMs: now() + RETRY_MS })
      return
    }
    const { members } = await database.membership.ofProject(projectId)
    await database.projects.purge(projectId)
    await database.due.remove('purge_project', projectId)
    for (const member of members) {
      bus.publish(`account.${accountId.parse(member.accountId)}`, {
        kind: 'project_removed',
        projectId,
      })
    }
    logger.info({ projectId }, 'project purged')
  }
}
