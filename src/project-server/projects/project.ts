import { randomBytes, randomInt } from 'node:crypto'
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
import type { HostRight, LeaseTimes } from '../leases/host-right.ts'
import { EPOCH_STEP_MAX, startUnderLease } from '../leases/start-under-lease.ts'
import { olderLog, prepareLog } from './project-log.ts'
import { belongingOf } from '../launcher/launcher.ts'
import { writeLauncherFile } from '../launcher/launcher-file.ts'
import type { LauncherFile } from '../launcher/launcher-file.ts'
import { linkLauncher, startLauncher } from './launcher-process.ts'
import type { LauncherWatch, RunningLauncher } from './launcher-process.ts'
import type { ProjectPaths } from './paths.ts'
import type { ProjectUsers } from './users.ts'

/*
 *              start()              its local hub listens            stop()             none left
 *   stopped ───────────> starting ────────────────────────> running ───────> stopping ───────────> stopped
 *      ^                    │ fails                            │ the launcher is gone
 *      │                    v                                  v
 *      └── start() ────── failed <─────────────────────────────┘ (all that it left is ended)
 *
 * A project that runs is shown as `frozen` while its launcher has frozen it.
 *
 * (I1) One step at a time: a start waits for a stop that goes on, and the other way round.
 * (I2) A start that is asked for twice is one start, and both are answered.
 * (I3) In `stopped` and `failed` no process of the project is left.
 * (I4) Nothing of it is started but in an epoch that was claimed for this host, inside one hold of the host's lease.
 */

export interface ProjectEvents {
  readonly onPhase: (phase: StartPhase, elapsedMs: number) => void
  readonly onState: (state: ProjectState, cause: string | undefined) => void
}

/** Why a project is frozen, for people. */
const FROZEN = 'this host has lost contact with the database'

/** Writes where a project runs; answers what holds then. */
export type ClaimProject = (
  projectId: ProjectId,
  epoch: number,
  expected: number | undefined,
) => Promise<{ readonly host: string; readonly epoch: number }>

/** What all projects of a host share. */
export interface HostOptions {
  /** The name of this host. */
  readonly host: string
  readonly right: HostRight
  readonly claim: ClaimProject
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
  readonly #watch: LauncherWatch
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
    this.#watch = { logger: this.#logger, onFrozen: (frozen) => this.#frozen(frozen) }
  }

  get state(): ProjectState {
    return this.#state
  }

  get epoch(): number {
    return this.#launcher?.file.epoch ?? 0
  }

  /**
   * Answers once its local hub accepts links. `foundEpoch`: of its location, as who asks has found it.
   * @throws CodedError `project_start_failed` with the cause, `conflict`, `unavailable`
   */
  start(foundEpoch: number | undefined): Promise<LauncherFile> {
    this.#starting ??= this.#step(() => this.#start(foundEpoch)).finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Answers when no process of it is left. */
  stop(): Promise<void> {
    return this.#step(() => this.#stop(undefined, 'stop'))
  }

  /** Ends it at once, without time to save: this host has lost the right to run it. */
  end(cause: string): Promise<void> {
    return this.#step(async () => {
      if (this.#launcher !== undefined) await this.#stop(cause, 'end')
    })
  }

  /** The host's lease was renewed. */
  extend(times: LeaseTimes): void {
    this.#launcher?.link.sendControl(JSON.stringify({ ...times, event: 'extend_lease' }))
  }

  /** Stops it and destroys its files. */
  purge(): Promise<void> {
    return this.#step(async () => {
      await this.#stop(undefined, 'stop')
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
        const launcher = await linkLauncher(file, this.#watch)
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

  async #start(foundEpoch: number | undefined): Promise<LauncherFile> {
    if (this.#launcher !== undefined) {
      const { file } = this.#launcher
      if (this.#state === 'frozen') throw new CodedError<ErrorCode>('unavailable', FROZEN)
      if (file.epoch >= (foundEpoch ?? 0)) return file
      // It was claimed anew meanwhile: what runs here is what nobody may see any more.
      await this.#stop('the project was claimed anew', 'end')
    }
    const { host, right, claim } = this.#host
    return startUnderLease({
      hold: await right.held(),
      host,
      foundEpoch,
      step: () => randomInt(1, EPOCH_STEP_MAX),
      claim: (epoch, expected) => claim(this.#id, epoch, expected),
      start: (epoch, check) => this.#startIn(epoch, check),
    })
  }

  async #startIn(epoch: number, check: () => void): Promise<LauncherFile> {
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
      const launcher = await startLauncher(this.#paths.launcherFile, file, this.#watch, check)
      this.#launcher = launcher
      phase('local_hub')
      await launcher.peer.request('wait_ready', {})
      this.#runs(launcher)
      return file
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      this.#logger.error({ err: error }, 'the start failed')
      await this.#stop(cause, 'stop')
      if (file) await this.#endLeft(file)
      throw new CodedError<ErrorCode>('project_start_failed', cause, { cause: error })
    }
  }

  /** Makes its folders and says how it is started. */
  async #prepare(epoch: number): Promise<LauncherFile> {
    const { isolation, users, dataDir, runtimeDir, node, pythonStateFile, documentDurability } =
      this.#host
    const lease = this.#host.right.times
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
      ...(lease === undefined ? {} : { lease }),
      isolation: launcherIsolation(isolation, uid),
      control: { address: `unix:${this.#paths.launcherSocket}`, secret: newSecret() },
      localHub: { address: `unix:${this.#paths.localHubSocket}`, secret: newSecret() },
    }
    await writeLauncherFile(this.#paths.launcherFile, file)
    return file
  }

  #runs(launcher: RunningLauncher): void {
    this.#launcher = launcher
    if (this.#state !== 'frozen') this.#enter('running', undefined)
    // Renewed since it was told.
    const { times } = this.#host.right
    if (times) this.extend(times)
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
  async #stop(failure: string | undefined, how: 'stop' | 'end'): Promise<void> {
    const launcher = this.#launcher
    this.#launcher = undefined
    if (launcher !== undefined) {
      if (failure === undefined) this.#enter('stopping', undefined)
      try {
        await launcher.peer.request(how, {})
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

  #frozen(frozen: boolean): void {
    if (frozen && this.#state !== 'stopping') this.#enter('frozen', FROZEN)
    else if (this.#state === 'frozen') this.#enter('running', undefined)
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
