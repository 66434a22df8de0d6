import { runCommand } from '../run-command.ts'
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
  const options = { timeoutMs: PROBE_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) }
  const asNobody = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', program, ...args]
  const result = isRoot()
    ? await runCommand('setpriv', asNobody, options)
    : await runCommand(program, args, options)
  return result.code === 0
}
