import type { Isolation } from '../../messages/admin.ts'
import type { NoticeOf } from '../../messages/define.ts'
import type { localHubToHubNotices } from '../../messages/hub-local-hub.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { ProjectState } from '../../messages/projects.ts'
import type { PlacementHost } from './choose-host.ts'

/** What the other parts of a hub ask of its relay: the hosts of projects, and its connections. */
export interface ProjectHosts {
  /** As the project servers last told. */
  stateOf(projectId: ProjectId): ProjectState
  /** The weakest of the hosts; undefined while none has said. */
  isolation(): { readonly isolation: Isolation; readonly reason: string } | undefined
  readonly clients: number
  readonly projectsRunning: number
  /** Of documents, as the local hubs told this hub. */
  readonly documents: NoticeOf<typeof localHubToHubNotices, 'documents_counted'>
  /** The compute hosts that this hub was told of. */
  readonly names: readonly string[]
  /** Those that are linked with this hub now. */
  readonly linked: readonly PlacementHost[]
  /** Since when a host is not linked with this hub; undefined while it is. @throws CodedError `unavailable` */
  unlinkedSince(host: string): Date | undefined
  /** Starts a project there. @throws CodedError as ProjectServers.start */
  startOn(host: string, projectId: ProjectId, foundEpoch: number | undefined): Promise<void>
  /** Ends all processes of a project. @throws CodedError `unavailable` */
  stop(projectId: ProjectId): Promise<void>
  /** Destroys the files of a project. @throws CodedError `unavailable`: to be tried again */
  purge(projectId: ProjectId): Promise<void>
}
