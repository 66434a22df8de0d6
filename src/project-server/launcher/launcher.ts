import { dirname, join } from 'node:path'
import type { ChildProcess } from 'node:child_process'

import { createLinkPeer } from '../../daemon/links/link-peer.ts'
import { LinkServer } from '../../daemon/links/link-server.ts'
import type { Link } from '../../daemon/links/link.ts'
import type { Logger } from '../../daemon/logging.ts'
import { createDispatch } from '../../messages/dispatch.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import {
  childNotices,
  launcherToProjectServerNotices,
  localHubToLauncher,
  projectServerToLauncher,
  projectServerToLauncherNotices,
} from '../../messages/launcher.ts'
import type { NoticeOf } from '../../messages/define.ts'
import type { LauncherService } from '../../messages/launcher.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Belonging } from '../isolation/end-processes.ts'
import { apiSocket } from './child-environment.ts'
import type { LauncherFile } from './launcher-file.ts'
import { LeaseGuard } from './lease-guard.ts'
import { findPython, sageCommand } from './sage-service.ts'
import { Service } from './service.ts'

/*
 *   starting ── local hub listens ──> running ── `stop` of the project server ──> stopping ── none left ──> exit
 *                                     │  ^
 *                  a child crashes ── └──┘ is started again, the others go on
 *
 * (I1) A child is started again after a crash; the others are not touched: terminals and computations outlive a
 *      restart of the local hub.
 * (I2) After `stop` was answered no process of the project is left, those in sessions of their own included.
 * (I3) Where the host's lease is not renewed, all children are frozen in time, and then ended (lease-guard.ts).
 */

/** Half a young generation, in megabytes: by default it grows to 16, and stays, in each local hub of a host. */
const YOUNG_FLAG = '--max-semi-space-size=2'

/** Pools of the C library: with one for each thread, what it has freed stays there; with one, threads may wait. */
const MEMORY_POOLS = { MALLOC_ARENA_MAX: '2' }

/** What a launcher can start, and where each listens. */
export class Launcher implements AsyncDisposable {
  readonly #file: LauncherFile
  readonly #logger: Logger
  readonly #guard: LeaseGuard
  readonly #localHub: Service
  readonly #links = new Set<Link>()
  readonly #services = new Map<LauncherService, Service>()
  readonly #onStopped: () => void
  #server: LinkServer | undefined
  #stopping: Promise<void> | undefined

  static async start(options: {
    readonly file: LauncherFile
    readonly logger: Logger
    /** After `stop`: nothing is left to do. */
    readonly onStopped: () => void
  }): Promise<Launcher> {
    const launcher = new Launcher(options.file, options.logger, options.onStopped)
    await launcher.#listen()
    return launcher
  }

  private constructor(file: LauncherFile, logger: Logger, onStopped: () => void) {
    this.#file = file
    this.#logger = logger
    this.#onStopped = onStopped
    this.#guard = new LeaseGuard({
      belonging: belongingOf(file),
      logger,
      onFrozen: (frozen) => {
        for (const link of this.#links) tell(link, 'frozen', { frozen })
      },
      onEnd: () => {
        this.#end()
          .catch((error: unknown) => logger.error({ err: error }, 'not all could be ended'))
          .finally(onStopped)
      },
    })
    if (file.lease) this.#guard.extend(file.lease)
    if (!this.#guard.mayStart) {
      throw new CodedError<ErrorCode>('unavailable', 'the lease of this host has run out')
    }
    this.#localHub = this.#startLocalHub()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard[Symbol.dispose]()
    await this.#stop()
    await this.#server?.[Symbol.asyncDispose]()
  }

  async #listen(): Promise<void> {
    const { control, projectId } = this.#file
    this.#server = await LinkServer.listen({
      ...control,
      logger: this.#logger,
      check: (hello) => {
        if (hello.subject === projectId) return
        throw new CodedError<ErrorCode>('not_found', 'this launcher is of another project')
      },
      onAccepted: (link) => this.#accepted(link),
    })
  }

  #accepted(link: Link): void {
    const peer = createLinkPeer({
      link,
      logger: this.#logger,
      asked: projectServerToLauncher,
      handlers: {
        wait_ready: async () => {
          await this.#localHub.ready()
          return {}
        },
        stop: () => this.#answerStopped(this.#stop()),
        end: () => this.#answerStopped(this.#end()),
      },
      asks: {},
      notices: projectServerToLauncherNotices,
      noticeHandlers: { extend_lease: (lease) => this.#guard.extend(lease) },
    })
    link.onFrame = (frame) => peer.receive(frame.payload)
    this.#links.add(link)
    link.closed.addEventListener('abort', () => this.#links.delete(link))
    tell(link, 'frozen', { frozen: this.#guard.isFrozen })
  }

  async #answerStopped(stopped: Promise<void>): Promise<Record<string, never>> {
    await stopped
    // The answer goes out first.
    setTimeout(this.#onStopped, 50)
    return {}
  }

  #startLocalHub(): Service {
    const { node, runtimeDir, projectId, projectDir, epoch, localHub, pythonStateFile } = this.#file
    const program = join(runtimeDir, 'local-hub.js')
    const settings = [
      ...['--project-id', projectId, '--project-dir', projectDir, '--epoch', String(epoch)],
      ...['--address', localHub.address],
      ...['--api-socket', apiSocket(this.#file)],
      ...(pythonStateFile === undefined ? [] : ['--python-state-file', pythonStateFile]),
      ...['--document-durability', this.#file.documentDurability],
    ]
    const dispatch = createDispatch<typeof localHubToLauncher, typeof childNotices, ChildProcess>({
      requests: localHubToLauncher,
      handlers: { ensure_service: ({ service }) => this.#ensure(service) },
      notices: childNotices,
      noticeHandlers: { ready: () => undefined },
      authorize: () => undefined,
      onRefused: ({ event, error }) =>
        this.#logger.warn({ event, ...error }, 'refused to the local hub'),
    })
    return new Service({
      name: 'local hub',
      file: this.#file,
      logger: this.#logger,
      onRunning: this.#onRunning,
      command: [node, '--enable-source-maps', YOUNG_FLAG, program, ...settings],
      ...(pythonStateFile === undefined ? {} : { readable: [dirname(pythonStateFile)] }),
      environment: MEMORY_POOLS,
      socket: localHub.address.slice('unix:'.length),
      stdin: localHub.secret,
      onMessage: (message, child) => {
        if (typeof message !== 'string') return
        dispatch(message, child, (answer) => {
          // A local hub that is gone by now asks again when it is back.
          if (child.connected) child.send(answer, () => undefined)
        })
      },
    })
  }

  async #ensure(name: LauncherService): Promise<{ socket: string }> {
    if (this.#stopping !== undefined) throw new CodedError<ErrorCode>('closed', 'the project stops')
    const socket = join(this.#file.socketDir, `${name}.sock`)
    const found = this.#services.get(name)
    const service = found ?? (name === 'console' ? this.#console(socket) : this.#sage(socket))
    this.#services.set(name, service)
    await service.ready()
    return { socket }
  }

  #console(socket: string): Service {
    const { node, runtimeDir, projectDir } = this.#file
    return new Service({
      name: 'console server',
      file: this.#file,
      logger: this.#logger,
      onRunning: this.#onRunning,
      command: [
        node,
        '--enable-source-maps',
        join(runtimeDir, 'console-server.js'),
        socket,
        projectDir,
      ],
      socket,
    })
  }

  #sage(socket: string): Service {
    const python = findPython(this.#file)
    return new Service({
      name: 'Sage server',
      file: this.#file,
      logger: this.#logger,
      onRunning: this.#onRunning,
      ...sageCommand(this.#file, python, socket),
      // And the environment it is the Python of, whose packages are beside its bin.
      readable: [python, dirname(dirname(python))],
      socket,
    })
  }

  #stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    // The local hub first: it writes what is unsaved, and may still use the others.
    await this.#localHub[Symbol.asyncDispose]()
    await Promise.all([...this.#services.values()].map((service) => service[Symbol.asyncDispose]()))
    await this.#guard.endAll()
  }

  async #end(): Promise<void> {
    // Nothing is started again, and nobody waits for what can't answer any more.
    for (const service of [this.#localHub, ...this.#services.values()]) service.expectEnd()
    this.#stopping ??= Promise.resolve()
    await this.#guard.endAll()
  }

  readonly #onRunning = (running: boolean): void => {
    if (running) this.#guard.started()
  }
}

type Notices = typeof launcherToProjectServerNotices

function tell<E extends keyof Notices & string>(
  link: Link,
  event: E,
  body: NoticeOf<Notices, E>,
): void {
  link.sendControl(JSON.stringify({ ...body, event }))
}

/** How all processes of a project are found. */
export function belongingOf(file: LauncherFile): Belonging {
  return file.isolation.kind === 'unix_user'
    ? { kind: 'uid', uid: file.isolation.uid }
    : { kind: 'mark', projectId: file.projectId }
}
