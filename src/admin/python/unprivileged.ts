import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runCommand } from '../run-command.ts'
import type { CommandOptions } from '../run-command.ts'
import { isRoot } from '../options.ts'

/** `nobody` of every Linux: if this user can run a program, a project's user can. */
const NOBODY = '65534'
/** Python on a cold disk of a busy machine. */
const PROBE_TIMEOUT_MS = 30_000

/** Whether the users of projects can run a program: as root this is tried as `nobody`. */
export async function canRun(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<boolean> {
  // A home of its own, open to all: some programs (Sage) refuse to start where they can't write.
  const home = mkdtempSync(join(tmpdir(), 'salvus-probe-'))
  chmodSync(home, 0o777)
  const env = { ...process.env, HOME: home, DOT_SAGE: join(home, '.sage') }
  const options = { timeoutMs: PROBE_TIMEOUT_MS, env, ...(signal === undefined ? {} : { signal }) }
  try {
    return await probe(program, args, options)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

async function probe(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<boolean> {
  const asNobody = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', program, ...args]
  const result = isRoot()
    ? await runCommand('setpriv', asNobody, options)
    : await runCommand(program, args, options)
  return result.code === 0
}
