import { CodedError } from '../util/coded-error.ts'
import { Scope } from '../util/scope.ts'
import type { Logger } from './logging.ts'
import { systemdNotifier } from './systemd-notify.ts'
import { readCommandLine } from './configuration.ts'
import type { Configuration, Settings } from './configuration.ts'

/*
 *            run()              SIGTERM, SIGINT, stop()              finished, or DRAIN_MS
 *   (new) ──────────> running ─────────────────────────> draining ───────────────────────> stopping ──> exit 0
 *             │                                              │ a second signal                │ STOP_MS
 *             └ fails: exit 1                                └──> exit 1                      └──> exit 1
 */

/** Old work may finish for so long: what a person still sees happening, not what waits for a person. */
const DRAIN_MS = 5_000
/** Closing what is open: files are flushed, children ended. The supervisor kills after 10 s. */
const STOP_MS = 8_000

/** Exit code for a configuration that can't work: a supervisor does not try again. */
export const EXIT_BAD_CONFIGURATION = 78

export interface RunningProcess {
  /** No new work; resolves when the old is finished. */
  drain?(): Promise<void> | void
}

export interface ProcessOptions {
  readonly logger: Logger
  /** Opens everything into the scope, which is closed on stop, last opened first. */
  readonly run: (scope: Scope) => Promise<RunningProcess | void>
  readonly drainMs?: number
  readonly stopMs?: number
}

/** What `main.ts` does to become a process; never returns before the end, and then exits. */
export async function runProcess(options: ProcessOptions): Promise<void> {
  const { logger } = options
  const scope = new Scope()
  const stopped = signalled(logger)
  process.on('uncaughtException', (error) => die(logger, error, 'uncaught'))
  process.on('unhandledRejection', (error) => die(logger, error, 'unhandled rejection'))
  let running: RunningProcess | void
  try {
    running = await options.run(scope)
  } catch (error) {
    logger.fatal({ err: error }, 'could not start')
    await within(scope.close(), options.stopMs ?? STOP_MS)
    process.exit(
      error instanceof CodedError && error.code === 'bad_configuration'
        ? EXIT_BAD_CONFIGURATION
        : 1,
    )
  }
  const systemd = systemdNotifier(process.env, logger)
  systemd.serving()
  const signal = await stopped
  systemd.stopping()
  logger.info({ signal }, 'draining')
  const drained = await within(drain(running, logger), options.drainMs ?? DRAIN_MS)
  if (!drained) logger.warn('work was cut off: it did not finish in time')
  const closed = await within(close(scope, logger), options.stopMs ?? STOP_MS)
  logger.info({ closed }, 'stopped')
  process.exit(closed ? 0 : 1)
}

/**
 * The configuration of this process from its command line and environment. Prints `--help` and exits, and exits
 * with EXIT_BAD_CONFIGURATION and a sentence where a setting is wrong.
 */
export function configureProcess<T extends Settings>(program: string, table: T): Configuration<T> {
  try {
    const line = readCommandLine(program, table, {
      argv: process.argv.slice(2),
      environment: process.env,
    })
    if (line.kind === 'configured') return line.configuration
    process.stdout.write(line.text)
    return process.exit(0)
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    process.stderr.write(`${program}: ${error.message}\n`)
    return process.exit(EXIT_BAD_CONFIGURATION)
  }
}

/** Waits for a promise no longer than this; false when the time was up first. Its failure is passed on. */
export async function within(work: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs)
  })
  try {
    return await Promise.race([work.then(() => true), timeUp])
  } finally {
    clearTimeout(timer)
  }
}

/** Asks this process to stop, as SIGTERM does. */
export function stopProcess(): void {
  process.kill(process.pid, 'SIGTERM')
}

function signalled(logger: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signals = 0
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++
      if (signals > 1 && signal === 'SIGINT') {
        logger.warn('a second signal: gone at once')
        process.exit(1)
      }
      resolve(signal)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    // A terminal that is closed ends what was started in it.
    process.on('SIGHUP', onSignal)
    // The supervisor holds the other end of the channel: without it nobody would ever stop this.
    process.on('disconnect', () => onSignal('SIGTERM'))
  })
}

async function drain(running: RunningProcess | void, logger: Logger): Promise<void> {
  try {
    await running?.drain?.()
  } catch (error) {
    logger.error({ err: error }, 'draining failed')
  }
}

async function close(scope: Scope, logger: Logger): Promise<void> {
  try {
    await scope.close()
  } catch (error) {
    logger.error({ err: error }, 'closing failed')
  }
}

function die(logger: Logger, error: unknown, how: string): void {
  logger.fatal({ err: error, how }, 'a bug ended the process')
  process.exit(1)
}
