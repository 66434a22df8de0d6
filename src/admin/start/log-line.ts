import { z } from 'zod'

/** From pino's `warn` on, a line is for the person who watches. */
const WARN_LEVEL = 40
const ERROR_LEVEL = 50

/** Only these fields are short and tell something to who reads along. */
const logLine = z.looseObject({
  level: z.number(),
  msg: z.string(),
  err: z.looseObject({ message: z.string() }).optional(),
})

/**
 * A line of a process's log as a person reads it; undefined for what is only for the file. What is
 * no JSON comes from Node itself or from a crash, and is shown as it is.
 */
export function readableLine(name: string, line: string, verbose: boolean): string | undefined {
  if (line.trim() === '') return undefined
  const parsed = logLine.safeParse(parseJson(line))
  if (!parsed.success) return `${name}: ${line}`
  const { level, msg, err } = parsed.data
  if (level < WARN_LEVEL && !verbose) return undefined
  const word = level >= ERROR_LEVEL ? 'error: ' : level >= WARN_LEVEL ? 'warning: ' : ''
  return `${name}: ${word}${msg}${err === undefined ? '' : ` (${err.message})`}`
}

function parseJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    // Half a line, as a crash leaves it: shown as the text it is.
    return undefined
  }
}
