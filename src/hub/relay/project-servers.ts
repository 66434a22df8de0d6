import type { Logger } from '../../daemon/logging.ts'
import type { AnswerOf } from '../../messages/define.ts'
import type { RequestHandlers } from '../../messages/dispatch.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { hubToProjectServer, projectServerToHub } from '../../messages/hub-project-server.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { PlacementHost } from '../projects/choose-host.ts'
import { HostLink } from './host-link.ts'
import type { HostAddress, HostDescription } from './host-link.ts'

/*
 * (I1) States of projects are what their host said last; without a link they are kept, as the projects go on.
 */

/** A project that is created, on a machine that is starting ten others. */
const START_MS = 60_000
/** Ending what does not want to end. */
const STOP_MS = 30_000
/** A host that does not even say how busy it is, is. */
const LOAD_MS = 1_000

export interface ProjectServersOptions {
  readonly hubId: string
  readonly hosts: readonly HostAddress[]
  readonly logger: Logger
  /** What a host asks of the database. */
  readonly claimsOf: (host: string) => RequestHandlers<typeof projectServerToHub, object>
  readonly onPhase: (projectId: ProjectId, phase: StartPhase, elapsedMs: number) => void
  readonly onState: (projectId: ProjectId, state: ProjectState, cause: string | undefined) => void
}

/** This hub's control links, and what is known of the projects behind them. */
export class ProjectServers implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<string, HostLink>
  readonly #states = new Map<ProjectId, ProjectState>()
  /** Which host said the state last. */
  readonly #saidBy = new Map<ProjectId, string>()
  readonly #described = new Map<string, HostDescription>()

  constructor(options: ProjectServersOptions) {
    const { hubId, logger, onPhase } = options
    this.#hosts = new Map(
      options.hosts.map((address) => {
        const { host } = address
        const onState: ProjectServersOptions['onState'] = (projectId, state, cause) => {
          if (this.#isNews(host, projectId, state)) options.onState(projectId, state, cause)
        }
        const onDescribed = (description: HostDescription): void =>
          this.#onDescribed(description, onState)
        const claims = options.claimsOf(host)
        const link = new HostLink(address, { hubId, logger, claims, onPhase, onState, onDescribed })
        return [host, link]
      }),
    )
  }

  stateOf(projectId: ProjectId): ProjectState {
    return this.#states.get(projectId) ?? 'stopped'
  }

  get running(): number {
    return [...this.#states.values()].filter((state) => state === 'running').length
  }

  /** Those that are linked, and how to ask them how busy they are. */
  get linked(): readonly PlacementHost[] {
    return [...this.#hosts.values()]
      .filter((host) => host.unlinkedSince === undefined)
      .map((host) => ({
        ...{ host: host.name, datacenter: host.datacenter },
        load: () => host.ask((peer) => peer.request('describe_load', {}, LOAD_MS)),
      }))
  }

  get names(): readonly string[] {
    return [...this.#hosts.keys()]
  }

  /** Since when a host is not linked; undefined while it is. @throws CodedError `unavailable` for an unknown one */
  unlinkedSince(host: string): Date | undefined {
    return this.#host(host).unlinkedSince
  }

  /**
   * `foundEpoch`: of the project's location, undefined for one that never ran.
   * @throws CodedError `conflict` where the location has changed, `project_start_failed`, `unavailable`, `deadline`
   */
  start(
    host: string,
    projectId: ProjectId,
    foundEpoch: number | undefined,
  ): Promise<AnswerOf<typeof hubToProjectServer, 'start_project'>> {
    const found = foundEpoch === undefined ? {} : { foundEpoch }
    return this.#host(host).ask((peer) =>
      peer.request('start_project', { projectId, ...found }, START_MS),
    )
  }

  async stop(host: string, projectId: ProjectId): Promise<void> {
    await this.#host(host).ask((peer) => peer.request('stop_project', { projectId }, STOP_MS))
  }

  async purge(host: string, projectId: ProjectId): Promise<void> {
    await this.#host(host).ask((peer) => peer.request('purge_project', { projectId }, STOP_MS))
  }

  /** What the hosts have said of themselves, at their last link. */
  get described(): readonly HostDescription[] {
    return [...this.#described.values()]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of this.#hosts.values()) host.close()
  }

  /** Of a project that has moved, its old host says only that it does not run there. */
  #isNews(host: string, projectId: ProjectId, state: ProjectState): boolean {
    const isOver = state === 'stopped' || state === 'failed'
    if (isOver && (this.#saidBy.get(projectId) ?? host) !== host) return false
    if (this.#states.get(projectId) === state && this.#saidBy.get(projectId) === host) return false
    const before = this.stateOf(projectId)
    if (state === 'stopped') {
      this.#states.delete(projectId)
      this.#saidBy.delete(projectId)
    } else {
      this.#states.set(projectId, state)
      this.#saidBy.set(projectId, host)
    }
    return before !== state
  }

  #onDescribed(description: HostDescription, onState: ProjectServersOptions['onState']): void {
    const before = this.#described.get(description.host)?.projects ?? []
    this.#described.set(description.host, description)
    for (const { projectId, state } of description.projects) onState(projectId, state, undefined)
    // What stopped while there was no link, and is not known there any more.
    const known = new Set(description.projects.map(({ projectId }) => projectId))
    for (const { projectId } of before) {
      if (!known.has(projectId)) onState(projectId, 'stopped', undefined)
    }
  }

  #host(name: string): HostLink {
    const host = this.#hosts.get(name)
    if (host) return host
    throw new CodedError<ErrorCode>('unavailable', `the host ${name} is not known to this hub`)
  }
}
