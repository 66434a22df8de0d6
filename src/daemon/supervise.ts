import type { ChildProcess } from 'node:child_process'

/*
 *              start()                    exits by itself
 *   (new) ───────────────> running ──────────────────────────> waiting
 *                          │    ^                               │  │
 *                   stop() │    └───── after the backoff ───────┘  │ stop()
 *                          v                                       v
 *                       stopping ────── exits, or is killed ───> stopped
 *
 * (I1) At most one child at a time: a new one is started only after the exit of the old one.
 * (I2) After stop() nothing is started any more.
 * (I3) stop() ends: a child that does not go within its grace is killed.
 */

/** Between a crash and the next start; doubled with each crash that follows soon. */
const BACKOFF_FIRST_MS = 100
/** People are waiting: longer than this is never worth it. */
const BACKOFF_MAX_MS = 10_000
/** A child that ran so long was well: its crash is not counted with the ones before. */
const STEADY_MS = 30_000
/** How long a child may take to finish its work after the signal. */
const GRACE_MS = 10_000

export interface ChildExit {
  /** Undefined where a signal ended it, or it could not be started. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  /** Why it could not be started at all. */
  readonly error?: Error
}

export type SupervisedState =
  | { readonly kind: 'running'; readonly pid: number; readonly starts: number }
  | { readonly kind: 'waiting'; readonly exit: ChildExit; readonly restartInMs: number }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'stopped'; readonly exit: ChildExit | undefined }

export interface SuperviseOptions {
  /** Starts one child. Called again after each crash. */
  readonly start: () => ChildProcess
  readonly onState?: (state: SupervisedState) => void
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals
  readonly graceMs?: number
  /** The first pause before a restart. Default 100 ms. */
  readonly backoffMs?: number
  /** Stops restarting when this says so, such as for a child that refuses its configuration. */
  readonly isFinal?: (exit: ChildExit) => boolean
}

/** A child process that is started again when it ends by itself. Closing it stops it. */
export interface Supervised extends AsyncDisposable {
  readonly state: SupervisedState
  /** The running child, for its streams and IPC channel. */
  readonly child: ChildProcess | undefined
  /** Signals the child, waits for its grace and kills it then. Resolves when it is gone. */
  stop(): Promise<void>
}

/**
 * Keeps a child process running: starts it at once, and again after each end that `stop()` did not
 * ask for, with a pause that grows from 100 ms to 10 s while it keeps crashing.
 */
export function supervise(options: SuperviseOptions): Supervised {
  return new Supervisor(options)
}

class Supervisor implements Supervised {
  readonly #options: SuperviseOptions
  #state: SupervisedState = { kind: 'stopped', exit: undefined }
  #child: ChildProcess | undefined
  #starts = 0
  #backoffMs: number
  #startedAt = 0
  #timer: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined
  #onExit: (() => void) | undefined

  constructor(options: SuperviseOptions) {
    this.#options = options
    this.#backoffMs = options.backoffMs ?? BACKOFF_FIRST_MS
    this.#start()
  }

  get state(): SupervisedState {
    return this.#state
  }

  get child(): ChildProcess | undefined {
    return this.#child
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #start(): void {
    this.#timer = undefined
    this.#starts++
    this.#startedAt = performance.now()
    const child = this.#options.start()
    this.#child = child
    let ended = false
    const end = (exit: ChildExit): void => {
      // A failed spawn may tell both `error` and `exit`.
      if (ended) return
      ended = true
      this.#ended(exit)
    }
    child.once('exit', (code, signal) =>
      end({ code: code ?? undefined, signal: signal ?? undefined }),
    )
    child.on('error', (error) => {
      if (child.pid === undefined) end({ code: undefined, signal: undefined, error })
    })
    if (child.pid !== undefined) {
      this.#enter({ kind: 'running', pid: child.pid, starts: this.#starts })
    }
  }

  #ended(exit: ChildExit): void {
    this.#child = undefined
    if (this.#stopping !== undefined) {
      this.#enter({ kind: 'stopped', exit })
      this.#onExit?.()
      return
    }
    if (this.#options.isFinal?.(exit) === true) {
      this.#stopping = Promise.resolve()
      this.#enter({ kind: 'stopped', exit })
      return
    }
    if (performance.now() - this.#startedAt > STEADY_MS) {
      this.#backoffMs = this.#options.backoffMs ?? BACKOFF_FIRST_MS
    }
    const restartInMs = this.#backoffMs
    this.#backoffMs = Math.min(restartInMs * 2, BACKOFF_MAX_MS)
    this.#timer = setTimeout(() => this.#start(), restartInMs)
    this.#enter({ kind: 'waiting', exit, restartInMs })
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer)
    const child = this.#child
    if (child === undefined) {
      this.#enter({ kind: 'stopped', exit: undefined })
      return
    }
    const exited = new Promise<void>((resolve) => {
      this.#onExit = resolve
    })
    this.#enter({ kind: 'stopping' })
    child.kill(this.#options.stopSignal ?? 'SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs ?? GRACE_MS)
    await exited
    clearTimeout(killer)
  }

  #enter(state: SupervisedState): void {
    this.#state = state
    this.#options.onState?.(state)
  }
}
