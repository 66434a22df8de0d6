import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Of a failing command only its end is kept: the cause stands there. */
const TAIL_LINES = 30

export interface CommandOptions {
  readonly timeoutMs: number
  readonly env?: NodeJS.ProcessEnv
  /** Ends the command and what it started. */
  readonly signal?: AbortSignal
  readonly onLine?: (line: string) => void
}

export interface CommandResult {
  /** Undefined where it could not be started, was aborted, or its time was up. */
  readonly code: number | undefined
  /** The last lines of what it wrote, standard output and error as they came. */
  readonly tail: string
}

/** Runs a command to its end, in a process group of its own. Never throws for what the command does. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const lines: string[] = []
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: options.env ?? process.env,
    })
    const endGroup = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    }
    const take = (line: string): void => {
      lines.push(line)
      if (lines.length > TAIL_LINES) lines.shift()
      options.onLine?.(line)
    }
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', take)
    }
    const timer = setTimeout(endGroup, options.timeoutMs)
    options.signal?.addEventListener('abort', endGroup, { once: true })
    const finish = (code: number | undefined): void => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', endGroup)
      resolve({ code, tail: lines.join('\n') })
    }
    child.on('error', (error) => {
      lines.push(error.message)
      finish(undefined)
    })
    child.on('close', (code) => finish(code ?? undefined))
    if (options.signal?.aborted === true) endGroup()
  })
}
