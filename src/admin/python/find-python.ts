import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { canRun } from './unprivileged.ts'

/** Names to look for on the PATH, best first: `python3` is what the machine's owner chose. */
const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']

const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin']

const RECENT = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)'
const WITH_VENV = `import venv, ensurepip; ${RECENT}`

export type FoundPython =
  | { readonly kind: 'found'; readonly python: string }
  | {
      readonly kind: 'missing'
      readonly message: string
      readonly remedy: string
      /** Recent enough and runnable, but without the venv module. */
      readonly python?: string
    }

/**
 * Finds a Python 3.10 or newer with the modules `venv` and `ensurepip` that the users of projects
 * can run: the one given, else those on the PATH, else the system's. (The first on root's PATH is
 * often below /root, where no other user gets.)
 */
export async function findPython(
  given: string | undefined,
  signal?: AbortSignal,
): Promise<FoundPython> {
  let withoutVenv: string | undefined
  for (const candidate of given === undefined ? candidates() : [given]) {
    if (await canRun(candidate, ['-c', WITH_VENV], signal)) {
      return { kind: 'found', python: candidate }
    }
    if (withoutVenv === undefined && (await canRun(candidate, ['-c', RECENT], signal))) {
      withoutVenv = candidate
    }
  }
  if (given !== undefined && withoutVenv === undefined) {
    return {
      kind: 'missing',
      message: `${given} is no Python 3.10 or newer that projects can run.`,
      remedy: 'Give another with --python PATH, outside of /root.',
    }
  }
  if (withoutVenv !== undefined) {
    return {
      kind: 'missing',
      message: `${withoutVenv} has no venv module, which the packages of worksheets need.`,
      remedy: 'apt install python3-venv, or start with --python PATH.',
      python: withoutVenv,
    }
  }
  return {
    kind: 'missing',
    message: 'No Python 3.10 or newer was found, so worksheets cannot run code.',
    remedy: 'apt install python3 python3-venv, or start with --python PATH.',
  }
}

function candidates(): string[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...new Set(paths)].filter((path) => path.startsWith('/') && existsSync(path))
}

/** The `sage` on the PATH that projects can run, if there is one. */
export async function findSage(signal?: AbortSignal): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  for (const folder of new Set(folders)) {
    const path = join(folder, 'sage')
    if (!path.startsWith('/') || !existsSync(path)) continue
    if (await canRun(path, ['-python', '-c', 'import sage.version'], signal)) return path
  }
  return undefined
}
