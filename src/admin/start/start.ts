import { Scope } from '../../util/scope.ts'
import { listenForControl, askStatus } from '../control-socket.ts'
import { Failure } from '../failure.ts'
import { preparePython } from '../python/prepare.ts'
import { PythonStateFile } from '../python/state.ts'
import { prepareDataDirectory } from './data-directory.ts'
import type { DataDirectory } from './data-directory.ts'
import { choosePorts } from './ports.ts'
import { startProcesses } from './processes.ts'
import type { Processes } from './processes.ts'
import { prepareRuntime } from './runtime.ts'
import { readSettings } from './settings.ts'
import { START_USAGE, parseStartOptions } from './start-options.ts'
import { writeConfigurations } from './configurations.ts'
import { stopSignal } from './stop-signal.ts'

/**
 * `salvus start`: the supervisor of one machine. Starts a hub and a project server, restarts what
 * crashes, prints the URL as soon as the hub serves, prepares Python behind it, and at Ctrl-C or
 * SIGTERM stops everything it started, and nothing else.
 */
export async function startCommand(args: readonly string[]): Promise<number> {
  const options = parseStartOptions(args)
  if (options === undefined) {
    process.stdout.write(START_USAGE)
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
    prepared: process.env['SALVUS_WORKSHEET_PYTHON'],
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
