import type { ProjectId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { liveProject } from './project-view.ts'

/**
 * Where a project runs: where it was, or the first host for a new one.
 * @throws CodedError `not_found` for one in the trash, `unavailable` where there is no host
 */
export async function placeProject(
  context: HubContext,
  hosts: readonly string[],
  projectId: ProjectId,
): Promise<{ host: string; epoch: number }> {
  await liveProject(context, projectId)
  const { locations } = context.database
  const found = await locations.get(projectId)
  if (found !== undefined) return found
  const [host] = hosts
  if (host === undefined) throw refusal('unavailable', 'There is no host for projects.')
  return locations.claim({ projectId, host, epoch: 1, renewedMs: 0 }, undefined)
}
