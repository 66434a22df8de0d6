import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, rm } from 'node:fs/promises'

import type { Logger } from '../../daemon/logging.ts'
import type { DocumentDurability } from '../../messages/documents.ts'
import { errorCode } from '../../messages/errors.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { ProjectId } from '../../messages/ids.ts'
import type { ProjectState, StartPhase } from '../../messages/projects.ts'
import { CodedError } from '../../util/coded-error.ts'
import { endProcesses } from '../isolation/end-processes.ts'
import type { IsolationChoice } from '../isolation/isolation.ts'
import { olderLog, prepareLog } from './project-log.ts'
import { belongingOf } from '../launcher/launcher.ts'
import { writeLauncherFile } from '../launcher/launcher-file.ts'
import type { LauncherFile } from '../launcher/launcher-file.ts'
import { linkLauncher, startLauncher } from './launcher-process.ts'
import type { RunningLauncher } from './launcher-process.ts'
import type { ProjectPaths } from './paths.ts'
import type { ProjectUsers } from './users.ts'

/*
 *              start()              its local hub listens            stop()             none left
 *   stopped ───────────> starting ────────────────────────> running ───────> stopping ───────────> stopped
 *      ^                    │ fails                            │ the launcher is gone
 *      │                    v                                  v
 *      └── start() ────── failed <─────────────────────────────┘ (all that it left is ended)
 *
 * (I1) One step at a time: a start waits for a stop that goes on, and the other way round.
 * (I2) A start that is asked for twice is one start, and both are answered.
 * (I3) In `stopped` and `failed` no process of the project is left.
 */

export interface ProjectEvents {
  readonly onPhase: (phase: StartPhase, elapsedMs: number) => void
  readonly onState: (state: ProjectState, cause: string | undefined) => void
}

/** What all projects of a host share. */
export interface HostOptions {
  readonly dataDir: string
  readonly runtimeDir: string
  readonly node: string
  readonly pythonStateFile: string | undefined
  readonly documentDurability: DocumentDurability
  readonly isolation: IsolationChoice
  readonly users: ProjectUsers
  readonly logger: Logger
}

/** One project of this host. */
export class Project {
  readonly #id: ProjectId
  readonly #host: HostOptions
  readonly #paths: ProjectPaths
  readonly #events: ProjectEvents
  readonly #logger: Logger
  #state: ProjectState = 'stopped'
  #launcher: RunningLauncher | undefined
  #steps: Promise<unknown> = Promise.resolve()
  #starting: Promise<LauncherFile> | undefined

  constructor(id: ProjectId, host: HostOptions, paths: ProjectPaths, events: ProjectEvents) {
    this.#id = id
    this.#host = host
    this.#paths = paths
    this.#events = events
    this.#logger = host.logger.child({ projectId: id })
  }

  get state(): ProjectState {
    return this.#state
  }

  get epoch(): number {
    return this.#launcher?.file.epoch ?? 0
  }

  /** Answers once its local hub accepts links. @throws CodedError `project_start_failed` with the cause */
  start(epoch: number): Promise<LauncherFile> {
    this.#starting ??= this.#step(() => this.#start(epoch)).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Answers when no process of it is left. */
  stop(): Promise<void> {
    return this.#step(() => this.#stop(undefined))
  }

  /** Stops it and destroys its files. */
  purge(): Promise<void> {
    return this.#step(async () => {
      await this.#stop(undefined)
      await rm(this.#paths.projectDir, { recursive: true, force: true })
      await rm(this.#paths.runDir, { recursive: true, force: true })
      for (const log of [this.#paths.logFile, olderLog(this.#paths.logFile)]) {
        await rm(log, { force: true })
      }
    })
  }

  /** Finds the project running that a project server before this one has started, or ends what is left of it. */
  adopt(file: LauncherFile): Promise<void> {
    return this.#step(async () => {
      try {
        const launcher = await linkLauncher(file, this.#logger)
        this.#runs(launcher)
        this.#logger.info('adopted')
      } catch (error) {
        this.#logger.info({ err: error }, 'its launcher is gone: ending what is left')
        await this.#endLeft(file)
      }
    })
  }

  /** Lets go of its launcher, which goes on. */
  release(): void {
    const launcher = this.#launcher
    this.#launcher = undefined
    launcher?.link.close('the project server stops')
  }

  #step<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#steps.then(work)
    this.#steps = result.catch(() => undefined)
    return result
  }

  async #start(epoch: number): Promise<LauncherFile> {
    if (this.#launcher !== undefined) return this.#launcher.file
    const begunMs = performance.now()
    const phase = (name: StartPhase): void =>
      this.#events.onPhase(name, Math.round(performance.now() - begunMs))
    this.#enter('starting', undefined)
    let file: LauncherFile | undefined
    try {
      phase('creating')
      await mkdir(this.#paths.projectDir, { recursive: true, mode: 0o700 })
      await chmod(this.#paths.projectDir, 0o700)
      phase('user')
      file = await this.#prepare(epoch)
      phase('launching')
      const launcher = await startLauncher(this.#paths.launcherFile, file, this.#logger)
      this.#launcher = launcher
      phase('local_hub')
      await launcher.peer.request('wait_ready', {})
      this.#runs(launcher)
      return file
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      this.#logger.error({ err: error }, 'the start failed')
      await this.#stop(cause)
      if (file) await this.#endLeft(file)
      throw new CodedError<ErrorCode>('project_start_failed', cause, { cause: error })
    }
  }

  /** Makes its folders and says how it is started. */
  async #prepare(epoch: number): Promise<LauncherFile> {
    const { isolation, users, dataDir, runtimeDir, node, pythonStateFile, documentDurability } =
      this.#host
    const { projectDir, runDir, socketDir, temporaryDir, logFile } = this.#paths
    const uid = isolation.isolation === 'unix_user' ? await users.ensure(projectDir) : undefined
    await rm(runDir, { recursive: true, force: true })
    await mkdir(runDir, { recursive: true, mode: 0o711 })
    await prepareLog(logFile)
    await chmod(runDir, 0o711)
    for (const folder of [socketDir, temporaryDir]) {
      await mkdir(folder, { mode: 0o700 })
      if (uid !== undefined) await chown(folder, uid, uid)
    }
    const file: LauncherFile = {
      projectId: this.#id,
      epoch,
      dataDir,
      projectDir,
      socketDir,
      temporaryDir,
      logFile,
      runtimeDir,
      node,
      ...(pythonStateFile === undefined ? {} : { pythonStateFile }),
      documentDurability,
      isolation: launcherIsolation(isolation, uid),
      control: { address: `unix:${this.#paths.launcherSocket}`, secret: newSecret() },
      localHub: { address: `unix:${this.#paths.localHubSocket}`, secret: newSecret() },
    }
    await writeLauncherFile(this.#paths.launcherFile, file)
    return file
  }

  #runs(launcher: RunningLauncher): void {
    this.#launcher = launcher
    this.#enter('running', undefined)
    launcher.link.closed.addEventListener('abort', () => {
      if (this.#launcher !== launcher) return
      this.#launcher = undefined
      const cause = `its launcher is gone: ${String(launcher.link.closed.reason)}`
      void this.#step(() => this.#crashed(launcher.file, cause))
    })
  }

  async #crashed(file: LauncherFile, cause: string): Promise<void> {
    this.#logger.error({ cause }, 'the project has crashed')
    await this.#endLeft(file)
    this.#enter('failed', cause)
  }

  /** `failure`: why it is stopped, where nobody asked for it. */
  async #stop(failure: string | undefined): Promise<void> {
    const launcher = this.#launcher
    this.#launcher = undefined
    if (launcher !== undefined) {
      if (failure === undefined) this.#enter('stopping', undefined)
      try {
        await launcher.peer.request('stop', {})
      } catch (error) {
        if (!errorCode.safeParse(error instanceof CodedError ? error.code : '').success) throw error
        this.#logger.warn({ err: error }, 'the launcher did not stop: ending all of the project')
      }
      launcher.link.close('the project is stopped')
      await this.#endLeft(launcher.file)
    }
    if (failure !== undefined) this.#enter('failed', failure)
    else if (this.#state !== 'stopped') this.#enter('stopped', undefined)
  }

  async #endLeft(file: LauncherFile): Promise<void> {
    await endProcesses(belongingOf(file))
    await rm(this.#paths.launcherFile, { force: true })
  }

  #enter(state: ProjectState, cause: string | undefined): void {
    if (this.#state === state) return
    this.#state = state
    this.#events.onState(state, cause)
  }
}

function launcherIsolation(
  { isolation, tools }: IsolationChoice,
  uid: number | undefined,
): LauncherFile['isolation'] {
  if (uid !== undefined) {
    return {
      kind: 'unix_user',
      uid,
      ...(tools.setpriv === undefined ? {} : { setpriv: tools.setpriv }),
    }
  }
  if (isolation === 'bubblewrap' && tools.bwrap !== undefined) {
    return { kind: 'bubblewrap', bwrap: tools.bwrap }
  }
  return { kind: 'none' }
}

function newSecret(): string {
  return randomBytes(32).toString('hex')
}
