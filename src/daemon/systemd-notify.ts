import { spawn } from 'node:child_process'

import type { Logger } from './logging.ts'

/*
 * Node has no datagrams over Unix sockets, which systemd listens on for "I serve" and "I live"; its own small program
 * sends them. A start of that every half minute is nothing beside a package with machine code.
 */

/** Told at least twice within the time after which systemd ends a process that is silent. */
const PARTS = 2
const MICROSECONDS_PER_MS = 1000

export interface SystemdNotifier extends Disposable {
  /** The process serves; from now on it also tells that its event loop turns, where systemd wants to know. */
  serving(): void
  /** It drains and stops. */
  stopping(): void
}

/** For a process that systemd has started with `Type=notify`; for any other, one that does nothing. */
export function systemdNotifier(
  environment: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): SystemdNotifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, WATCHDOG_PID: pid } = environment
  if (socket === undefined) {
    return {
      serving: () => undefined,
      stopping: () => undefined,
      [Symbol.dispose]: () => undefined,
    }
  }
  const send = (message: string): void => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, message], {
      stdio: 'ignore',
      env: { ...environment, NOTIFY_SOCKET: socket },
    })
    child.once('error', (error) => logger.error({ err: error }, 'systemd could not be told'))
    child.unref()
  }
  const isForUs = watchdog !== undefined && (pid === undefined || Number(pid) === process.pid)
  const everyMs = Number(watchdog) / MICROSECONDS_PER_MS / PARTS
  let timer: NodeJS.Timeout | undefined
  return {
    serving: () => {
      send('READY=1')
      // A timer of the event loop: where that is stuck, nothing is told.
      if (isForUs) timer = setInterval(() => send('WATCHDOG=1'), everyMs).unref()
    },
    stopping: () => send('STOPPING=1'),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
