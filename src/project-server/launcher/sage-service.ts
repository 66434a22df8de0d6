import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LauncherFile } from './launcher-file.ts'

const pythonState = z.looseObject({
  state: z.enum(['preparing', 'ready', 'failed']),
  message: z.string().optional(),
  python: z.string().optional(),
})

/** The Python that runs the Sage server, as the set-up tells. @throws CodedError `unavailable` while there is none */
export function findPython(file: LauncherFile): string {
  if (file.pythonStateFile === undefined) return '/usr/bin/python3'
  const state = readState(file.pythonStateFile)
  if (state.python !== undefined) return state.python
  const message = state.message ?? `the Python environment is ${state.state}`
  throw new CodedError<ErrorCode>('unavailable', message)
}

/** How the Sage server is started. */
export function sageCommand(
  file: LauncherFile,
  python: string,
  socket: string,
): { command: readonly string[]; environment: Readonly<Record<string, string>> } {
  const command = [python, '-m', 'salvus_sage', '--socket', socket, '--home', file.projectDir]
  return { command, environment: { PYTHONPATH: join(file.runtimeDir, 'sage-server') } }
}

function readState(path: string): z.infer<typeof pythonState> {
  try {
    return pythonState.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const message = 'how far the Python environment is can not be read'
    throw new CodedError<ErrorCode>('unavailable', message, { cause: error })
  }
}
