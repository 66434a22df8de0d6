import type { ProjectId } from '../../messages/ids.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { chooseHost } from './choose-host.ts'
import type { PlacementHost } from './choose-host.ts'
import { liveProject } from './project-view.ts'

/** Where a project is to run, and in which epoch it was found there; undefined where it never ran. */
export interface Place {
  readonly host: string
  readonly foundEpoch: number | undefined
}

/**
 * Where a project runs: where it was, or the least loaded host for a new one. The host itself writes that it runs
 * there, with the start.
 * @throws CodedError `not_found` for one in the trash, `unavailable` where there is no host
 */
export async function placeProject(
  context: HubContext,
  from: { readonly linked: readonly PlacementHost[]; readonly datacenter: string | undefined },
  projectId: ProjectId,
): Promise<Place> {
  await liveProject(context, projectId)
  const found = await context.database.locations.get(projectId)
  if (found !== undefined) return { host: found.host, foundEpoch: found.epoch }
  const host = await chooseHost(from.linked, from.datacenter, Math.random)
  if (host !== undefined) return { host, foundEpoch: undefined }
  throw refusal('unavailable', 'There is no host that can take projects now.')
}
