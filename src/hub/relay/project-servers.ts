import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import type { LinkPeer } from '../../daemon/links/link-peer.ts'
import type { Link } from '../../daemon/links/link.ts'
import { openLink } from '../../daemon/links/open-link.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { AnswerOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { hubToProjectServer, projectServerToHubNotices } from '../../messages/hub-project-server.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'
import { CodedError } from '../../util/coded-error.ts'

/*
 *   for each host:   connecting ── handshake ──> linked ── lost ──> waiting ── after the pause ──> connecting
 *
 * (I1) What is asked while a host is not linked waits for the link, no longer than its deadline.
 * (I2) States of projects are what their host said last; without a link they are kept, as the projects go on.
 */

/** After a lost link, doubled with each failure: a project server is back within a second of its crash. */
const RECONNECT_FIRST_MS = 50
const RECONNECT_MAX_MS = 2_000

/** A project that is created, on a machine that is starting ten others. */
const START_MS = 60_000
/** Ending what does not want to end. */
const STOP_MS = 30_000
/** Until a host that is restarting is linked again. */
const LINK_MS = 10_000

export interface HostAddress {
  readonly host: string
  readonly address: string
  /** In hex. */
  readonly secret: string
}

export interface ProjectServersOptions {
  readonly hubId: string
  readonly hosts: readonly HostAddress[]
  readonly logger: Logger
  readonly onPhase: (projectId: ProjectId, phase: StartPhase, elapsedMs: number) => void
  readonly onState: (projectId: ProjectId, state: ProjectState, cause: string | undefined) => void
}

type HostDescription = AnswerOf<typeof hubToProjectServer, 'describe_host'>

/** This hub's control links, and what is known of the projects behind them. */
export class ProjectServers implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #states = new Map<ProjectId, ProjectState>()
  readonly #described = new Map<string, HostDescription>()

  constructor(options: ProjectServersOptions) {
    const onState: ProjectServersOptions['onState'] = (projectId, state, cause) => {
      if (this.#states.get(projectId) === state) return
      if (state === 'stopped') this.#states.delete(projectId)
      else this.#states.set(projectId, state)
      options.onState(projectId, state, cause)
    }
    const onDescribed = (host: HostDescription): void => {
      const before = this.#described.get(host.host)?.projects ?? []
      this.#described.set(host.host, host)
      for (const { projectId, state } of host.projects) onState(projectId, state, undefined)
      // What stopped while there was no link, and is not known there any more.
      const known = new Set(host.projects.map(({ projectId }) => projectId))
      for (const { projectId } of before) {
        if (!known.has(projectId)) onState(projectId, 'stopped', undefined)
      }
    }
    this.#hosts = new Map(
      options.hosts.map((address) => [
        address.host,
        new Host(address, { ...options, onState, onDescribed }),
      ]),
    )
  }

  stateOf(projectId: ProjectId): ProjectState {
    return this.#states.get(projectId) ?? 'stopped'
  }

  get running(): number {
    return [...this.#states.values()].filter((state) => state === 'running').length
  }

  /** Names of the hosts, those that are linked first. */
  get hosts(): readonly string[] {
    return [...this.#hosts.values()]
      .sort((a, b) => Number(b.linked) - Number(a.linked))
      .map((host) => host.name)
  }

  /** @throws CodedError `project_start_failed`, `unavailable`, `deadline` */
  start(
    host: string,
    projectId: ProjectId,
    epoch: number,
  ): Promise<AnswerOf<typeof hubToProjectServer, 'start_project'>> {
    return this.#host(host).ask((peer) =>
      peer.request('start_project', { projectId, epoch }, START_MS),
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

  #host(name: string): Host {
    const host = this.#hosts.get(name)
    if (host) return host
    throw new CodedError<ErrorCode>('unavailable', `the host ${name} is not known to this hub`)
  }
}

interface HostOptions extends ProjectServersOptions {
  readonly onDescribed: (description: HostDescription) => void
}

type Peer = LinkPeer<typeof hubToProjectServer>

class Host {
  readonly name: string
  readonly #address: HostAddress
  readonly #options: HostOptions
  readonly #logger: Logger
  readonly #waiting = new Set<(peer: Peer) => void>()
  #peer: Peer | undefined
  #link: Link | undefined
  #timer: NodeJS.Timeout | undefined
  #pauseMs = RECONNECT_FIRST_MS
  #closed = false

  constructor(address: HostAddress, options: HostOptions) {
    this.name = address.host
    this.#address = address
    this.#options = options
    this.#logger = options.logger.child({ host: address.host })
    void this.#connect()
  }

  get linked(): boolean {
    return this.#peer !== undefined
  }

  async ask<T>(request: (peer: Peer) => Promise<T>): Promise<T> {
    return request(this.#peer ?? (await this.#linked()))
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#link?.close('this hub stops')
  }

  #linked(): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(onLinked)
        const why = `the project server of ${this.name} can't be reached`
        reject(new CodedError<ErrorCode>('unavailable', why))
      }, LINK_MS)
      const onLinked = (peer: Peer): void => {
        clearTimeout(timer)
        resolve(peer)
      }
      this.#waiting.add(onLinked)
    })
  }

  async #connect(): Promise<void> {
    const { address, secret } = this.#address
    try {
      const identity = { subject: this.name, hubId: this.#options.hubId, epoch: 0, secret }
      this.#link = await openLink(address, identity, (link) => {
        link.closed.addEventListener('abort', () => this.#lost(String(link.closed.reason)))
        this.#opened(link)
      })
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error))
    }
  }

  #opened(link: Link): void {
    const { onPhase, onState } = this.#options
    const peer = createLinkPeer({
      link,
      logger: this.#logger,
      asked: {},
      handlers: {},
      asks: hubToProjectServer,
      notices: projectServerToHubNotices,
      noticeHandlers: {
        project_phase: ({ projectId, phase, elapsedMs }) => onPhase(projectId, phase, elapsedMs),
        project_state: ({ projectId, state, cause }) => onState(projectId, state, cause),
      },
    })
    link.onFrame = (frame) => peer.receive(frame.payload)
    this.#logger.info('linked with a project server')
    this.#pauseMs = RECONNECT_FIRST_MS
    this.#peer = peer
    for (const onLinked of this.#waiting) onLinked(peer)
    this.#waiting.clear()
    peer
      .request('describe_host', {})
      .then(this.#options.onDescribed, (error: unknown) =>
        this.#logger.warn({ err: error }, 'a host did not describe itself'),
      )
  }

  #lost(why: string): void {
    if (this.#closed || this.#timer !== undefined) return
    this.#peer = undefined
    this.#link = undefined
    this.#logger.debug({ why, pauseMs: this.#pauseMs }, 'no project server')
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#connect()
    }, this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, RECONNECT_MAX_MS)
  }
}
