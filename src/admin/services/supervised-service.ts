import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import { EXIT_BAD_CONFIGURATION } from '../../daemon/life-cycle.ts'
import { supervise } from '../../daemon/supervise.ts'
import type { ChildExit, Supervised, SupervisedState } from '../../daemon/supervise.ts'
import { codeOf } from '../../util/coded-error.ts'
import type { Manifest, ServiceSpec } from '../configure/manifest.ts'
import { LogFile } from '../start/log-file.ts'
import { describeState } from '../start/processes.ts'
import { makeMemoryGroup } from './memory-group.ts'
import type { MemoryGroup } from './memory-group.ts'
import { prepareService } from './prepare.ts'
import { untilReady } from './ready.ts'

/*
 *            start()              answers                     stop()
 *   stopped ────────> starting ──────────────> serving ─────────────────> stopped
 *                         ^                       │
 *                         └── exits by itself ────┘   (supervise: with a growing pause)
 *
 * (I1) Actions on one service are done one after another, in the order in which they were asked for.
 */

/** Programs of the system are in these as well, which cron and sudo leave out of the PATH. */
export const SYSTEM_FOLDERS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const SETPRIV = '/usr/bin/setpriv'
/** So often it may end before it serves until it counts as failed; it is tried again all the same. */
const CRASHES_MAX = 5
/** What shells and setpriv answer for a program that there is none of. */
const EXIT_NOT_FOUND = 127

/** What a hub tells through its IPC channel once it serves. */
const readyMessage = z.looseObject({ event: z.literal('ready'), setUpUrl: z.string().optional() })

/** One service of this host: kept running, its output in a log, its memory limited. */
export class SupervisedService {
  readonly spec: ServiceSpec
  readonly #manifest: Manifest
  readonly #configured: string
  readonly #onChange: () => void
  #supervised: Supervised | undefined
  #log: LogFile | undefined
  #group: MemoryGroup | undefined
  #probe = new AbortController()
  #serves = false
  #failure: string | undefined
  /** Ends by itself since it served last. */
  #crashes = 0
  #note: string | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(from: {
    readonly manifest: Manifest
    readonly spec: ServiceSpec
    /** The folder of the host's files. */
    readonly configured: string
    readonly onChange: () => void
  }) {
    this.spec = from.spec
    this.#manifest = from.manifest
    this.#configured = from.configured
    this.#onChange = from.onChange
  }

  get serves(): boolean {
    return this.#serves
  }

  /** Whether it will hardly serve without somebody's doing. */
  get failed(): boolean {
    return this.#failure !== undefined || this.#crashes >= CRASHES_MAX
  }

  /** What a person should know of it. */
  get note(): string | undefined {
    return this.#note
  }

  describe(): string {
    if (this.#failure !== undefined) return this.#failure
    const state = this.#supervised?.state
    if (state === undefined) return 'stopped'
    const limited = this.#group === undefined ? ', memory not limited' : ''
    const serving =
      state.kind === 'running' ? (this.#serves ? limited : ', does not answer yet') : ''
    return `${describeState(state)}${serving}`
  }

  start(): Promise<void> {
    return this.#queue(() => this.#start())
  }

  stop(): Promise<void> {
    return this.#queue(() => this.#stop())
  }

  restart(): Promise<void> {
    return this.#queue(async () => {
      await this.#stop()
      await this.#start()
    })
  }

  /** Lets it read its configuration again: without an interruption where it can. */
  reload(): Promise<void> {
    const { reloadSignal } = this.spec
    const child = this.#supervised?.child
    if (reloadSignal === undefined || child === undefined) return this.restart()
    child.kill(reloadSignal)
    return Promise.resolve()
  }

  #queue(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work)
    // What failed is told to who asked for it; the next one is done all the same.
    this.#work = done.catch(() => undefined)
    return done
  }

  async #start(): Promise<void> {
    if (this.#supervised !== undefined && this.#failure === undefined) return
    this.#failure = undefined
    this.#crashes = 0
    const { spec } = this
    try {
      await prepareService(this.#manifest, spec, this.#configured)
    } catch (error) {
      this.#fail(`can't be prepared: ${error instanceof Error ? error.message : String(error)}`)
      throw error
    }
    this.#log ??= new LogFile(join(this.#manifest.data, 'logs', `${spec.id}.log`))
    this.#group ??= makeMemoryGroup(`salvus-${this.#manifest.host}-${spec.id}`, spec.memoryMB)
    this.#supervised = supervise({
      graceMs: spec.graceS * 1000,
      start: () => this.#spawn(),
      onState: (state) => this.#onState(state),
      isFinal: (exit) => exit.code === EXIT_BAD_CONFIGURATION || isNotInstalled(exit),
    })
  }

  async #stop(): Promise<void> {
    this.#probe.abort()
    await this.#supervised?.stop()
    this.#supervised = undefined
    this.#serves = false
    this.#failure = undefined
    this.#crashes = 0
    this.#group?.remove()
    this.#group = undefined
    this.#log?.[Symbol.dispose]()
    this.#log = undefined
    this.#onChange()
  }

  #onState(state: SupervisedState): void {
    this.#probe.abort()
    this.#serves = false
    if (state.kind === 'running') {
      const probe = new AbortController()
      this.#probe = probe
      void untilReady(this.spec.ready, probe.signal).then((serves) => {
        if (!serves) return
        this.#serves = true
        this.#crashes = 0
        this.#onChange()
      })
    }
    if (state.kind === 'waiting') this.#crashes++
    if (state.kind === 'stopped' && state.exit?.code === EXIT_BAD_CONFIGURATION) {
      this.#failure = `refuses its configuration: see logs/${this.spec.id}.log`
    }
    if (state.kind === 'stopped' && state.exit !== undefined && isNotInstalled(state.exit)) {
      this.#failure = `${this.spec.command[0] ?? ''} is not installed on this host`
    }
    this.#onChange()
  }

  #fail(why: string): void {
    this.#failure = why
    this.#onChange()
  }

  #spawn(): ChildProcess {
    const [program = '', ...args] = this.#command()
    const isNode = this.spec.command[0] === 'node'
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe', ...(isNode ? (['ipc'] as const) : [])],
      // Of its own process group, so that Ctrl-C in the terminal reaches the supervisor alone.
      detached: true,
      cwd: this.#manifest.data,
      env: {
        ...process.env,
        PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_FOLDERS}`,
        ...this.spec.environment,
      },
    })
    child.on('message', (message) => {
      const parsed = readyMessage.safeParse(message)
      const url = parsed.success ? parsed.data.setUpUrl : undefined
      this.#note =
        url === undefined ? undefined : `the first account is the administrator's: ${url}`
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => this.#log?.append(line))
    }
    return child
  }

  /** Each program here replaces itself with the next one, so that the process stays the same. */
  #command(): readonly string[] {
    const [program = '', ...args] = this.spec.command
    const isNode = program === 'node'
    let command = [isNode ? process.execPath : program, ...args]
    // A Node of ours ends when its channel does; others must be told when this process is gone.
    if (!isNode && existsSync(SETPRIV)) command = [SETPRIV, '--pdeathsig', 'TERM', '--', ...command]
    if (this.#group === undefined) return command
    return [
      '/bin/sh',
      '-c',
      'echo $$ > "$0/cgroup.procs" && exec "$@"',
      this.#group.folder,
      ...command,
    ]
  }
}

function isNotInstalled({ code, error }: ChildExit): boolean {
  return code === EXIT_NOT_FOUND || codeOf(error) === 'ENOENT'
}
