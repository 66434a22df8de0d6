import type { AccountId, ProjectId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { publishProject } from './project-view.ts'

/** The time of last use of a project is written no oftener. */
const TOUCH_MS = 60_000
/** Projects whose last write is remembered. */
const REMEMBERED_MAX = 10_000

export interface FileUsed {
  readonly accountId: AccountId
  readonly path: string
  readonly action: 'open' | 'edit' | 'run'
}

/** Takes what local hubs tell of files: the log of the project, and when it was last used. */
export function fileUseRecorder(
  context: HubContext,
): (projectId: ProjectId, used: FileUsed) => void {
  const touched = new Map<ProjectId, number>()
  return (projectId, used) => {
    record(projectId, used).catch((error: unknown) => {
      context.logger.warn({ err: error, projectId }, 'the use of a file could not be recorded')
    })
  }

  async function record(projectId: ProjectId, used: FileUsed): Promise<void> {
    const timeMs = context.now()
    await context.database.fileUse.record({ ...used, projectId, timeMs })
    if (timeMs - (touched.get(projectId) ?? 0) < TOUCH_MS) return
    if (touched.size >= REMEMBERED_MAX) touched.clear()
    touched.set(projectId, timeMs)
    await context.database.projects.update(projectId, { lastUsedMs: timeMs })
    await publishProject(context, projectId)
  }
}
