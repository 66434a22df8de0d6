import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DIST_DIR } from '../options.ts'
import { runCommand } from '../run-command.ts'
import type { CommandResult } from '../run-command.ts'
import type { PythonStateFile } from './state.ts'

/*
 * A virtual environment holds absolute paths, so it can't be made beside and renamed: it is made in
 * `python/<hash of its requirements>`, and counts once its stamp is written. The state file is the
 * switch: it names the environment only when that is whole.
 */

const STAMP = '.salvus-ready'

/** 62 MB over a slow line. */
const INSTALL_TIMEOUT_MS = 30 * 60_000

export type MadeEnvironment =
  | { readonly kind: 'made'; readonly python: string }
  | {
      readonly kind: 'failed'
      readonly step: string
      readonly message: string
      readonly remedy: string
    }

const requirementsFile = join(DIST_DIR, 'sage-server', 'requirements.txt')

export function requirementsHash(): string {
  return createHash('sha256').update(readFileSync(requirementsFile)).digest('hex').slice(0, 12)
}

/** Makes the environment of plain Python, or finds it made. */
export async function makeEnvironment(options: {
  readonly sharedDir: string
  readonly python: string
  readonly hash: string
  readonly state: PythonStateFile
  readonly signal: AbortSignal
}): Promise<MadeEnvironment> {
  const parent = join(options.sharedDir, 'python')
  const home = join(parent, options.hash)
  const python = join(home, 'bin', 'python')
  if (existsSync(join(home, STAMP))) return { kind: 'made', python }
  await removeHalfMade(parent)
  const made = await installInto({
    home,
    python: options.python,
    requirements: ['-r', requirementsFile],
    signal: options.signal,
    onProgress: (step, message) => options.state.write({ state: 'preparing', step, message }),
  })
  if (made.kind === 'failed') return made
  options.state.write({ state: 'preparing', step: 'warm-up', message: 'Trying the packages' })
  const tried = await runCommand(python, ['-c', importRequirements()], {
    timeoutMs: INSTALL_TIMEOUT_MS,
    signal: options.signal,
    env: { ...process.env, MPLCONFIGDIR: join(home, 'matplotlib') },
  })
  if (tried.code !== 0) return failed('warm-up', 'the packages do not load', tried)
  await writeFile(join(home, STAMP), '')
  return { kind: 'made', python }
}

/**
 * Imports each package once: whether they load is known now, and the first import, which compiles
 * and makes matplotlib's list of fonts, is not left to the first worksheet.
 */
function importRequirements(): string {
  const lines = readFileSync(requirementsFile, 'utf8').split('\n')
  const names = lines.flatMap((line) => /^[A-Za-z]\w*/.exec(line)?.[0] ?? [])
  const fonts = names.includes('matplotlib') ? ['matplotlib.font_manager'] : []
  return ['sys', ...names, ...fonts].map((name) => `import ${name}`).join('\n')
}

/** Makes a virtual environment and installs packages into it, wheels only: nothing is compiled. */
export async function installInto(options: {
  readonly home: string
  readonly python: string
  readonly requirements: readonly string[]
  readonly signal: AbortSignal
  readonly onProgress: (step: string, message: string) => void
}): Promise<MadeEnvironment> {
  const { home, signal } = options
  const scratch = join(home, 'tmp')
  await rm(home, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  // Projects' users read it, whatever umask Salvus was started with.
  const mask = process.umask(0o022)
  try {
    const env = { ...process.env, TMPDIR: scratch, PYTHONUTF8: '1' }
    const common = { timeoutMs: INSTALL_TIMEOUT_MS, signal, env }
    options.onProgress('venv', 'Making a Python environment')
    const venv = await runCommand(options.python, ['-m', 'venv', home], common)
    if (venv.code !== 0) return failed('venv', 'the Python environment could not be made', venv)
    const python = join(home, 'bin', 'python')
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off']
    const pip = await runCommand(
      python,
      [...args, '--only-binary', ':all:', ...options.requirements],
      {
        ...common,
        onLine: (line) => {
          const what = /^\s*(Downloading|Using cached|Installing collected packages)\b.*/.exec(line)
          if (what) options.onProgress('packages', what[0].trim().slice(0, 200))
        },
      },
    )
    if (pip.code !== 0) return failed('packages', 'the packages could not be installed', pip)
    return { kind: 'made', python }
  } finally {
    process.umask(mask)
    await rm(scratch, { recursive: true, force: true })
  }
}

function failed(step: string, what: string, result: CommandResult): MadeEnvironment {
  const cause = result.tail.split('\n').findLast((line) => line.trim() !== '') ?? ''
  return { kind: 'failed', step, message: `${what}: ${cause}`, remedy: remedyFor(result) }
}

function remedyFor(result: CommandResult): string {
  if (/No space left|ENOSPC|Disk quota/i.test(result.tail)) {
    return 'Free some space on this disk, then start Salvus again.'
  }
  if (/ensurepip|python3-venv/.test(result.tail)) {
    return 'apt install python3-venv, or start with --python PATH.'
  }
  if (/connection|resolve|timed out|Network|index/i.test(result.tail)) {
    return 'Check that this machine reaches the package index (PIP_INDEX_URL names another), then start Salvus again.'
  }
  return 'Start Salvus again to try once more, or with another --python PATH.'
}

/** What interrupted set-ups left; other environments are those of older versions still in use. */
async function removeHalfMade(parent: string): Promise<void> {
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const home = join(parent, entry.name)
    if (!/^[0-9a-f]{12}$/.test(entry.name) || existsSync(join(home, STAMP))) continue
    await rm(home, { recursive: true, force: true })
  }
}
