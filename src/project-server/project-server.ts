import { mkdir, readdir, readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Configuration } from '../daemon/configuration.ts'
import { createLinkPeer } from '../daemon/links/link-peer.ts'
import { LinkServer } from '../daemon/links/link-server.ts'
import type { Link } from '../daemon/links/link.ts'
import type { Logger } from '../daemon/logging.ts'
import type { RequestHandlers } from '../messages/dispatch.ts'
import type { NoticeOf } from '../messages/define.ts'
import type { ErrorCode } from '../messages/errors.ts'
import { hubToProjectServer, projectServerToHub } from '../messages/hub-project-server.ts'
import type { projectServerToHubNotices } from '../messages/hub-project-server.ts'
import { projectId } from '../messages/ids.ts'
import type { ProjectId } from '../messages/ids.ts'
import { CodedError } from '../util/coded-error.ts'
import type { PROJECT_SERVER_SETTINGS } from './configuration.ts'
import { chooseIsolation } from './isolation/isolation.ts'
import type { IsolationChoice } from './isolation/isolation.ts'
import { readLauncherFile } from './launcher/launcher-file.ts'
import { endlessRight, leasedRight } from './leases/host-right.ts'
import type { HostRight } from './leases/host-right.ts'
import { Hubs } from './leases/hubs.ts'
import { describeLoad } from './load.ts'
import { checkDataDirLength, projectPaths } from './projects/paths.ts'
import { Project } from './projects/project.ts'
import type { HostOptions } from './projects/project.ts'
import { ProjectUsers } from './projects/users.ts'

type Settings = Configuration<typeof PROJECT_SERVER_SETTINGS>
type Notices = typeof projectServerToHubNotices

/** The projects of one host, and the hubs that ask for them. */
export class ProjectServer implements AsyncDisposable {
  readonly #settings: Settings
  readonly #logger: Logger
  readonly #isolation: IsolationChoice
  readonly #host: HostOptions
  readonly #projects = new Map<ProjectId, Project>()
  readonly #links = new Set<Link>()
  readonly #hubs = new Hubs(() => this.#right.hubIsBack())
  #right: HostRight = endlessRight()
  #server: LinkServer | undefined

  /** Adopts what runs, then listens. */
  static async start(settings: Settings, logger: Logger): Promise<ProjectServer> {
    checkDataDirLength(settings.dataDir)
    const isolation = await chooseIsolation(settings.isolation)
    logger.info({ isolation: isolation.isolation, reason: isolation.reason }, 'isolation')
    for (const folder of ['projects', 'run']) {
      await mkdir(join(settings.dataDir, folder), { recursive: true, mode: 0o711 })
    }
    const server = new ProjectServer(settings, logger, isolation)
    await server.#adoptAll()
    await server.#takeRight()
    await server.#listen()
    return server
  }

  private constructor(settings: Settings, logger: Logger, isolation: IsolationChoice) {
    this.#settings = settings
    this.#logger = logger
    this.#isolation = isolation
    const { uidBase, ...shared } = settings
    const right = (): HostRight => this.#right
    const users = new ProjectUsers(settings.dataDir, uidBase)
    this.#host = {
      ...shared,
      ...{ isolation, users, logger },
      get right() {
        return right()
      },
      claim: (id, epoch, expected) =>
        this.#hubs.ask('claim_project', {
          ...{ projectId: id, epoch },
          ...(expected === undefined ? {} : { expected }),
        }),
    }
  }

  /** The port of a TCP address with port 0. */
  get port(): number | undefined {
    return this.#server?.port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#right.close()
    if (this.#settings.stopProjectsOnExit) {
      await Promise.all([...this.#projects.values()].map((project) => project.stop()))
    } else {
      for (const project of this.#projects.values()) project.release()
    }
    await this.#server?.[Symbol.asyncDispose]()
  }

  /** What a project server before this one has started goes on under that one's lease, which is this one's too. */
  async #takeRight(): Promise<void> {
    const { leaseSeconds, dataDir } = this.#settings
    if (leaseSeconds === 0) return
    this.#right = await leasedRight({
      dataDir,
      termMs: leaseSeconds * 1000,
      hubs: this.#hubs,
      logger: this.#logger,
      onExtended: (times) => {
        for (const project of this.#projects.values()) project.extend(times)
      },
      endAll: async () => {
        const projects = [...this.#projects.values()]
        await Promise.all(projects.map((project) => project.end('this host has lost its lease')))
      },
    })
  }

  async #listen(): Promise<void> {
    const { address, secretFile, host } = this.#settings
    this.#server = await LinkServer.listen({
      address,
      secret: (await readFile(secretFile, 'utf8')).trim(),
      logger: this.#logger,
      check: ({ subject }) => {
        if (subject === host) return
        throw new CodedError<ErrorCode>('not_found', `this is the host ${host}, not ${subject}`)
      },
      onAccepted: (link) => this.#accepted(link),
    })
  }

  #accepted(link: Link): void {
    const peer = createLinkPeer({
      link,
      logger: this.#logger,
      asked: hubToProjectServer,
      handlers: this.#handlers(),
      asks: projectServerToHub,
      notices: {},
      noticeHandlers: {},
    })
    this.#links.add(link)
    link.closed.addEventListener('abort', () => this.#links.delete(link))
    this.#hubs.add(peer, link.closed)
    link.onFrame = (frame) => peer.receive(frame.payload)
  }

  #handlers(): RequestHandlers<typeof hubToProjectServer, Link> {
    return {
      start_project: async (request) => {
        const file = await this.#project(request.projectId).start(request.foundEpoch)
        return { ...file.localHub, epoch: file.epoch }
      },
      stop_project: async (request) => {
        await this.#project(request.projectId).stop()
        return {}
      },
      purge_project: async (request) => {
        await this.#project(request.projectId).purge()
        this.#projects.delete(request.projectId)
        return {}
      },
      describe_load: () => describeLoad(this.#right.state, this.#projects.values()),
      describe_host: () => ({
        host: this.#settings.host,
        isolation: this.#isolation.isolation,
        isolationReason: this.#isolation.reason,
        projects: [...this.#projects].map(([id, { state, epoch }]) => ({
          projectId: id,
          state,
          epoch,
        })),
      }),
    }
  }

  #project(id: ProjectId): Project {
    const found = this.#projects.get(id)
    if (found) return found
    const project = new Project(id, this.#host, projectPaths(this.#settings.dataDir, id), {
      onPhase: (phase, elapsedMs) =>
        this.#tell('project_phase', { projectId: id, phase, elapsedMs }),
      onState: (state, cause) => {
        this.#logger.info({ projectId: id, state, cause }, 'project')
        const why = cause === undefined ? {} : { cause }
        this.#tell('project_state', { projectId: id, state, timeMs: Date.now(), ...why })
      },
    })
    this.#projects.set(id, project)
    return project
  }

  async #adoptAll(): Promise<void> {
    const names = await readdir(join(this.#settings.dataDir, 'run'))
    await Promise.all(names.map((name) => this.#adopt(name)))
  }

  async #adopt(name: string): Promise<void> {
    const id = projectId.safeParse(name)
    if (!id.success) return
    const { launcherFile } = projectPaths(this.#settings.dataDir, id.data)
    if (!existsSync(launcherFile)) return
    try {
      await this.#project(id.data).adopt(readLauncherFile(launcherFile))
    } catch (error) {
      // One that can't be adopted must not keep the others from their people.
      this.#logger.error({ err: error, projectId: name }, 'a project could not be adopted')
    }
  }

  #tell<E extends keyof Notices & string>(event: E, body: NoticeOf<Notices, E>): void {
    const json = JSON.stringify({ ...body, event })
    for (const link of this.#links) link.sendControl(json)
  }
}
