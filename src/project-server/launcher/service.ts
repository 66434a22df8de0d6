import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { openSync, closeSync, rmSync } from 'node:fs'

import { awaitSocket } from '../../daemon/links/await-socket.ts'
import { within } from '../../daemon/life-cycle.ts'
import type { Logger } from '../../daemon/logging.ts'
import { supervise } from '../../daemon/supervise.ts'
import type { ChildExit, Supervised } from '../../daemon/supervise.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import { confine } from '../isolation/confine.ts'
import { childEnvironment } from './child-environment.ts'
import type { LauncherFile } from './launcher-file.ts'

/** Until a service accepts connections: importing Sage takes seconds on a cold disk, and it listens before. */
const READY_MS = 20_000
/** A service that ended so often before it ever listened can't start here. */
const FAILED_STARTS_MAX = 4
/** To flush what it holds; then it is killed with the rest. */
const STOP_GRACE_MS = 4_000

export interface ServiceOptions {
  readonly name: string
  readonly file: LauncherFile
  readonly logger: Logger
  readonly command: readonly string[]
  /** Beyond the system, the runtime and the project: what the command needs to read. */
  readonly readable?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Its Unix socket: taken away before each start, and there when it listens. */
  readonly socket: string
  /** Written to its stdin, which then ends. */
  readonly stdin?: string
  /** With a channel for messages. */
  readonly onMessage?: (message: unknown, child: ChildProcess) => void
  readonly onRunning?: (running: boolean) => void
}

/** One kept-up process of a project, confined, with the socket that it listens on. */
export class Service implements AsyncDisposable {
  readonly #options: ServiceOptions
  readonly #supervised: Supervised
  #ready: Promise<void>
  #failed: ((error: Error) => void) | undefined
  #endsBeforeReady = 0
  #lastExit = ''
  #stopping = false

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#ready = this.#waitForSocket()
    this.#supervised = supervise({
      start: () => this.#start(),
      graceMs: STOP_GRACE_MS,
      isFinal: () => this.#stopping,
      onState: (state) => {
        const { logger, name } = options
        if (state.kind === 'waiting') this.#ended(state.exit)
        options.onRunning?.(state.kind === 'running')
        logger.info({ service: name, ...state }, 'service')
      },
    })
  }

  get pid(): number | undefined {
    return this.#supervised.child?.pid
  }

  /** Resolves when it accepts connections. @throws CodedError `unavailable` with how it ended */
  ready(): Promise<void> {
    return this.#ready
  }

  /** It is being killed: it is not started again, and gets no time. */
  expectEnd(): void {
    this.#stopping = true
    this.#failed?.(this.#error('is ended'))
    void this.#supervised.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true
    this.#failed?.(this.#error('is stopped'))
    // bubblewrap passes no signal on to what runs in it; the end of its channel says the same.
    const { child } = this.#supervised
    if (this.#options.file.isolation.kind === 'bubblewrap' && child?.connected === true) {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await within(exited, STOP_GRACE_MS)
    }
    await this.#supervised.stop()
  }

  #start(): ChildProcess {
    const { file, command, readable, socket, stdin, onMessage } = this.#options
    const confined = confine(file, command, readable ?? [])
    rmSync(socket, { force: true })
    const log = openSync(file.logFile, 'a', 0o600)
    try {
      const child = spawn(confined.program, confined.args, {
        cwd: file.projectDir,
        env: { ...childEnvironment(file), ...this.#options.environment },
        stdio: [
          stdin === undefined ? 'ignore' : 'pipe',
          log,
          log,
          ...(onMessage ? ['ipc' as const] : []),
        ],
        ...(confined.uid === undefined ? {} : { uid: confined.uid, gid: confined.uid }),
        // A session of its own: what a terminal sends to its group does not reach it.
        detached: true,
      })
      child.on('message', (message) => onMessage?.(message, child))
      // A child that is gone before it has read is told by its exit.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(stdin)
      return child
    } finally {
      closeSync(log)
    }
  }

  #ended(exit: ChildExit): void {
    this.#lastExit = exit.error?.message ?? exit.signal ?? `exit code ${exit.code ?? 'unknown'}`
    if (this.#failed === undefined) {
      // It listened before: from now on wait for it anew.
      this.#ready = this.#waitForSocket()
      return
    }
    this.#endsBeforeReady++
    if (this.#endsBeforeReady >= FAILED_STARTS_MAX) {
      this.#failed(this.#error(`ends at once: ${this.#lastExit}`))
      this.#endsBeforeReady = 0
      // It goes on trying, more and more slowly: who asks later may be luckier.
      this.#ready = this.#waitForSocket()
    }
  }

  #error(why: string): CodedError<ErrorCode> {
    return new CodedError<ErrorCode>('unavailable', `${this.#options.name} ${why}`)
  }

  #waitForSocket(): Promise<void> {
    const { socket, name, logger } = this.#options
    const waiting = new AbortController()
    const failure = new Promise<never>((_resolve, reject) => {
      this.#failed = (error) => {
        reject(error)
        waiting.abort()
      }
    })
    const listens = awaitSocket(socket, READY_MS, waiting.signal).finally(() => {
      this.#failed = undefined
    })
    const promise = Promise.race([failure, listens])
    // Whoever asks hears of it; nobody may ask.
    promise.catch((error: unknown) => logger.warn({ err: error, service: name }, 'not ready'))
    listens.catch(() => undefined)
    return promise
  }
}
