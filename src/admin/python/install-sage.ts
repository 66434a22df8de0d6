import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Failure } from '../failure.ts'
import { findPython } from './find-python.ts'
import { installInto } from './environment.ts'

const STAMP = '.salvus-ready'

/** A whole SageMath in wheels, so that nothing is compiled. */
const PACKAGE = 'passagemath-standard'

/** The Python of the Sage that `salvus sage install` has added to a data directory. */
export function installedSage(sharedDir: string): string | undefined {
  const home = join(sharedDir, 'sage', 'passagemath')
  return existsSync(join(home, STAMP)) ? join(home, 'bin', 'python') : undefined
}

/** Downloads and installs Sage; resolves to its Python. */
export async function installSage(options: {
  readonly sharedDir: string
  readonly python: string | undefined
  readonly signal: AbortSignal
  readonly onProgress: (message: string) => void
}): Promise<string> {
  const home = join(options.sharedDir, 'sage', 'passagemath')
  const found = await findPython(options.python, options.signal)
  if (found.kind === 'missing') throw new Failure(found.message, found.remedy)
  const made = await installInto({
    home,
    python: found.python,
    requirements: [PACKAGE],
    signal: options.signal,
    onProgress: (_step, message) => options.onProgress(message),
  })
  if (made.kind === 'failed') throw new Failure(`Sage: ${made.message}`, made.remedy)
  await writeFile(join(home, STAMP), '')
  return made.python
}
