import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A command that runs, whose output can be waited for. */
export interface RunningCommand {
  readonly child: ChildProcess
  output(): string
  /** Resolves with the match as soon as the output has one; rejects when it ends without. */
  says(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves to the exit code when it has ended and all output was read. */
  exit(): Promise<number | null>
}

const running = new Set<ChildProcess>()

/** Starts Node on a program. */
export function startCommand(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): RunningCommand {
  const child = spawn(process.execPath, [program, ...args], { env })
  running.add(child)
  const ended = once(child, 'close')
  let output = ''
  const checks = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString()
      for (const check of checks) check()
    })
  }
  return {
    child,
    output: () => output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = pattern.exec(output)
          if (match) resolve(match)
        }
        checks.add(check)
        check()
        void ended.then(() => reject(new Error(`ended without ${String(pattern)}: ${output}`)))
      }),
    exit: async () => {
      await ended
      running.delete(child)
      return child.exitCode
    },
  }
}

/** For afterAll: ends what a failed test has left. */
export function endCommands(): void {
  for (const child of running) child.kill('SIGTERM')
}
