import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { z } from 'zod'

import { EXIT_BAD_CONFIGURATION } from '../../daemon/life-cycle.ts'
import { supervise } from '../../daemon/supervise.ts'
import type { Supervised, SupervisedState } from '../../daemon/supervise.ts'
import { MEMORY_POOLS, YOUNG_FLAG } from '../node-programs.ts'
import { DIST_DIR } from '../options.ts'
import type { ConfigurationFiles } from './configurations.ts'
import { LogFile } from './log-file.ts'
import { readableLine } from './log-line.ts'
import type { Runtime } from './runtime.ts'
import type { StartOptions } from './start-options.ts'

/** The project server ends its projects first, which get time to save. */
const PROJECT_SERVER_GRACE_MS = 25_000
/** Longer than the limits of the hub's own draining and stopping. */
const HUB_GRACE_MS = 15_000
/** A process that can't live at all is not tried for ever, at the first start. */
const CRASHES_BEFORE_READY_MAX = 5

/** What the hub tells through its IPC channel once it serves. */
const readyMessage = z.looseObject({
  event: z.literal('ready'),
  url: z.string(),
  setUpUrl: z.string().optional(),
})

export interface Processes {
  /** Known once the hub has served. */
  readonly url: string | undefined
  readonly setUpUrl: string | undefined
  readonly ready: Promise<void>
  /** Resolves when a process can't be started at all; its reason was shown. */
  readonly failed: Promise<void>
  /** By name, in words. */
  states(): Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts the hub and the project server side by side: each waits for the other by itself. */
export function startProcesses(from: {
  readonly options: StartOptions
  readonly files: ConfigurationFiles
  readonly runtime: Runtime
}): Processes {
  const { options, files } = from
  const ready = deferred()
  const failed = deferred()
  let url: string | undefined
  let setUpUrl: string | undefined
  const begin = (name: string, configuration: string, graceMs: number): SupervisedProgram =>
    superviseProgram({
      name,
      configuration,
      graceMs,
      options,
      onMessage: (message) => {
        const parsed = readyMessage.safeParse(message)
        if (!parsed.success || name !== 'hub') return
        ;({ url, setUpUrl } = parsed.data)
        ready.resolve()
      },
      isReady: () => name !== 'hub' || url !== undefined,
      onHopeless: failed.resolve,
    })
  const projectServer = begin('project-server', files.projectServer, PROJECT_SERVER_GRACE_MS)
  const hub = begin('hub', files.hub, HUB_GRACE_MS)
  return {
    get url() {
      return url
    },
    get setUpUrl() {
      return setUpUrl
    },
    ready: ready.promise,
    failed: failed.promise,
    states: () => ({
      hub: describeState(hub.supervised.state),
      'project server': describeState(projectServer.supervised.state),
    }),
    stop: async () => {
      await Promise.all([hub.stop(), projectServer.stop()])
    },
  }
}

interface SupervisedProgram {
  readonly supervised: Supervised
  stop(): Promise<void>
}

function superviseProgram(program: {
  readonly name: string
  readonly configuration: string
  readonly graceMs: number
  readonly options: StartOptions
  readonly onMessage: (message: unknown) => void
  readonly isReady: () => boolean
  readonly onHopeless: () => void
}): SupervisedProgram {
  const { name, options } = program
  const log = new LogFile(join(options.dataDir, 'logs', `${name}.log`))
  const show = (line: string): void => {
    const readable = readableLine(name, line, options.verbose)
    if (readable !== undefined) process.stderr.write(`${readable}\n`)
  }
  const supervised = supervise({
    graceMs: program.graceMs,
    start: () => {
      const child = startProgram(program)
      child.on('message', program.onMessage)
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue
        createInterface({ input: stream }).on('line', (line) => {
          log.append(line)
          show(line)
        })
      }
      return child
    },
    onState: (state) => {
      if (state.kind === 'waiting') show(`ended (${ending(state)}), starts again`)
      if (state.kind === 'stopped' && state.exit?.code === EXIT_BAD_CONFIGURATION) {
        program.onHopeless()
      }
      if (state.kind === 'running' && state.starts > CRASHES_BEFORE_READY_MAX) {
        if (!program.isReady()) program.onHopeless()
      }
    },
    isFinal: (exit) => exit.code === EXIT_BAD_CONFIGURATION,
  })
  return {
    supervised,
    stop: async () => {
      await supervised.stop()
      log[Symbol.dispose]()
    },
  }
}

/**
 * In a process group of its own, so that Ctrl-C in the terminal reaches the supervisor alone, which
 * then stops it in order. It ends by itself when this end of its channel is gone.
 */
function startProgram(program: {
  readonly name: string
  readonly configuration: string
}): ChildProcess {
  const file = join(DIST_DIR, `${program.name}.js`)
  return spawn(
    process.execPath,
    ['--enable-source-maps', YOUNG_FLAG, file, '--config', program.configuration],
    {
      env: { ...process.env, ...MEMORY_POOLS },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    },
  )
}

/** In words. */
export function describeState(state: SupervisedState): string {
  switch (state.kind) {
    case 'running':
      return `process ${state.pid}${state.starts > 1 ? `, started ${state.starts} times` : ''}`
    case 'waiting':
      return `crashed (${ending(state)}), starts again`
    case 'stopping':
      return 'stopping'
    case 'stopped':
      return 'stopped'
  }
}

function ending(state: SupervisedState & { kind: 'waiting' }): string {
  const { code, signal, error } = state.exit
  if (error !== undefined) return error.message
  return signal ?? `exit code ${code ?? 'unknown'}`
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
