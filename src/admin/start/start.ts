import { parseArgs } from 'node:util'

import { Scope } from '../../util/scope.ts'
import { listenForControl, askStatus } from '../control-socket.ts'
import { Failure } from '../failure.ts'
import { preparePython } from '../python/prepare.ts'
import { PythonStateFile } from '../python/state.ts'
import { chooseDataDirectory, prepareDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { DEFAULT_PORT, choosePorts } from './ports.ts'
import { startProcesses } from './processes.ts'
import type { Processes } from './processes.ts'
import { prepareRuntime } from './runtime.ts'
import { readSettings } from './settings.ts'
import { writeConfigurations } from './configurations.ts'

/** What `salvus start` was asked for. */
export interface StartOptions extends DataDirectory {
  readonly host: string
  readonly port: number
  /** Begins and ends with `/`. */
  readonly basePath: string
  readonly python: string | undefined
  readonly verbose: boolean
}

/**
 * `salvus start`: the supervisor of one machine. Starts a hub and a project server, restarts what
 * crashes, prints the URL as soon as the hub serves, prepares Python behind it, and at Ctrl-C or
 * SIGTERM stops everything it started, and nothing else.
 */
export async function startCommand(args: readonly string[]): Promise<number> {
  const options = parseOptions(args)
  if (options === undefined) {
    process.stdout.write(USAGE)
    return 0
  }
  await refuseSecondStart(options)
  prepareDataDirectory(options)
  await using scope = new Scope()
  const stop = stopSignal(scope)
  const ports = await choosePorts(options.host, options.port)
  const settings = readSettings(options.dataDir)
  const runtime = await prepareRuntime(options.sharedDir)
  const pythonState = new PythonStateFile(options.sharedDir)
  const files = writeConfigurations({ options, ports, settings, runtime, pythonState })
  const processes = startProcesses({ options, files, runtime })
  scope.defer(() => processes.stop())
  const sinceMs = Date.now()
  const control = await listenForControl(options.sharedDir, {
    status: () => ({
      pid: process.pid,
      url: processes.url,
      sinceMs,
      processes: processes.states(),
    }),
    stop: () => stop.abort(),
  })
  scope.defer(() => void control.close())
  await announce(processes, stop.signal)
  const python = preparePython({
    sharedDir: options.sharedDir,
    python: options.python,
    state: pythonState,
    signal: stop.signal,
    report: (line) => process.stdout.write(`${line}\n`),
  })
  scope.defer(() => python)
  await Promise.race([aborted(stop.signal), processes.failed])
  process.stdout.write('\nStopping projects and servers ...\n')
  return stop.signal.aborted ? 0 : 1
}

/** Prints the URL when the hub serves. */
async function announce(processes: Processes, signal: AbortSignal): Promise<void> {
  await Promise.race([processes.ready, processes.failed, aborted(signal)])
  if (processes.url === undefined) return
  process.stdout.write(`\n  Salvus is at  ${processes.url}\n`)
  if (processes.setUpUrl !== undefined) {
    process.stdout.write(
      `\n  Nobody has an account yet. The first one is the administrator's; make it here:\n` +
        `  ${processes.setUpUrl}\n`,
    )
  }
  process.stdout.write('\n  Ctrl-C stops it.\n\n')
}

async function refuseSecondStart({ dataDir, sharedDir }: DataDirectory): Promise<void> {
  const running = await askStatus(sharedDir)
  if (running === undefined) return
  throw new Failure(
    `Salvus runs already on ${dataDir}: ${running.url ?? `process ${running.pid}`}`,
    'Open that address, stop it with `salvus stop`, or use another folder with --data DIR.',
  )
}

/** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; the second Ctrl-C ends this process at once. */
function stopSignal(scope: Scope): AbortController {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, onSignal)
    scope.defer(() => void process.off(signal, onSignal))
  }
  return controller
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Undefined where help was asked for. */
export function parseOptions(args: readonly string[]): StartOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
      'base-path': { type: 'string', default: '/' },
      python: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new Failure(`--port "${values.port}" is no port.`, 'Give a number from 0 to 65535.')
  }
  return {
    ...chooseDataDirectory(values.data),
    host: values.host,
    port,
    basePath: parseBasePath(values['base-path']),
    python: values.python,
    verbose: values.verbose,
  }
}

function parseBasePath(given: string): string {
  const path = `/${given}/`.replaceAll(/\/+/g, '/')
  if (/^\/([A-Za-z0-9._~-]+\/)*$/.test(path) && !/\/\.{1,2}\//.test(path)) return path
  throw new Failure(
    `--base-path "${given}" is no path of a URL.`,
    'Use letters, digits and - . _ ~ between slashes, such as --base-path /salvus/',
  )
}

const USAGE = `Usage: npm start -- [OPTION ...]

  --port N          port of the pages, ${DEFAULT_PORT} unless given; 0 takes a free one
  --host H          address to listen on, 127.0.0.1 unless given (only this machine)
  --base-path /p/   where the pages are below the host, / unless given
  --data DIR        where accounts, projects and logs are kept, ./data unless given
  --python PATH     the Python that the environment of worksheets is made with
  --verbose         shows the servers' whole logs here
`
