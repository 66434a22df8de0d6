import { destination, pino, stdTimeFunctions } from 'pino'
import type { Logger as PinoLogger } from 'pino'

/**
 * Passed in, and narrowed with `child({ projectId })`. The message is constant, the data are fields; no secret and
 * no text of a user is ever logged: of people ids, of messages the event, of files at most the path.
 */
export type Logger = PinoLogger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Fields that are cut out wherever somebody logs a whole object by mistake. */
const SECRET_FIELDS = [
  'password',
  'oldPassword',
  'newPassword',
  'token',
  'secret',
  'cookie',
  'proof',
  'authorization',
  'ticket',
]

/** A line is cut here: a hostile name of 10 MB must not fill the disk of the logs. */
const FIELD_CHARACTERS_MAX = 2000

export interface LoggingOptions {
  /** Of the process: hub, local-hub, ... */
  readonly name: string
  readonly level?: LogLevel
  /** Appended to; default is stderr. */
  readonly file?: string | undefined
}

/** JSON lines, written at once, so that the last line before a crash is there. */
export function createLogger(options: LoggingOptions): Logger {
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[cut]',
      },
      formatters: { log: (fields) => shortened(fields) },
    },
    destination(
      options.file === undefined
        ? { fd: 2, sync: true }
        : { dest: options.file, sync: true, mkdir: true },
    ),
  )
}

/** A logger for tests and tools that says nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' })
}

function shortened(fields: Record<string, unknown>): Record<string, unknown> {
  const long = Object.entries(fields).filter(
    ([, value]) => typeof value === 'string' && value.length > FIELD_CHARACTERS_MAX,
  )
  if (long.length === 0) return fields
  const cut = long.map(([name, value]) => [
    name,
    `${String(value).slice(0, FIELD_CHARACTERS_MAX)}...`,
  ])
  return { ...fields, ...Object.fromEntries(cut) }
}
