import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { makeBeside } from './beside.mjs'
import { inputHash } from './input-hash.mjs'
import { ROOT, SETUP_DIR } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { SetupFailure } from './setup-failure.mjs'
import { step } from './step.mjs'

/*
 * The Python environment of tests and checks: what the Sage server runs on, with pytest, ruff and
 * mypy. A virtual environment holds absolute paths and can't be renamed into place, so it is made
 * in a folder named by its requirements, and counts once its stamp is there.
 */

const REQUIREMENTS = ['src/sage-server/requirements.txt', 'src/sage-server/requirements-test.txt']

/** numpy, scipy and matplotlib are 62 MB; a slow line takes minutes. */
const INSTALL_TIMEOUT_MS = 10 * 60_000
const PROBE_TIMEOUT_MS = 20_000

const PROBE = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)'

/** As a project's user may run it, if it is not under /root. */
const AS_NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']

/** @typedef {{ kind: 'ready', bin: string } | { kind: 'absent', reason: string, remedy: string }} PythonTest */

/** @returns {Promise<PythonTest>} */
export async function ensurePythonTest() {
  const requirements = REQUIREMENTS.filter((file) => existsSync(join(ROOT, file)))
  if (requirements.length === 0) {
    return { kind: 'absent', reason: 'src/sage-server has no requirements.txt', remedy: 'none' }
  }
  const isRoot = process.getuid?.() === 0
  // As root, tests run it as the user of a project too.
  const hash = `${inputHash(ROOT, requirements).slice(0, 12)}${isRoot ? '-all' : ''}`
  const home =
    isRoot && isClosed(ROOT)
      ? `/var/tmp/salvus-python-test-${hash}`
      : join(SETUP_DIR, `python-test-${hash}`)
  const stamp = join(home, '.salvus-ready')
  if (existsSync(stamp) && existsSync(readFileSync(stamp, 'utf8'))) {
    return { kind: 'ready', bin: join(home, 'bin') }
  }
  const python = await findTestPython()
  if (python === undefined) {
    return {
      kind: 'absent',
      reason: 'no Python 3.10 or newer with the venv module',
      remedy: 'apt install python3-venv (or put such a python3 first on the PATH)',
    }
  }
  await step(`Python environment of the tests (${python})`, () => make(python, home, requirements))
  await writeFile(stamp, join(home, 'bin/python'))
  return { kind: 'ready', bin: join(home, 'bin') }
}

/**
 * @param {string} python
 * @param {string} home
 * @param {string[]} requirements
 */
async function make(python, home, requirements) {
  await rm(home, { recursive: true, force: true })
  await mkdir(SETUP_DIR, { recursive: true })
  const scratch = await makeBeside()
  try {
    await must(python, ['-m', 'venv', home], scratch)
    await must(
      join(home, 'bin/python'),
      [
        ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
        ...['--only-binary', ':all:'],
        ...requirements.flatMap((file) => ['-r', join(ROOT, file)]),
      ],
      scratch,
    )
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} scratch
 */
async function must(command, args, scratch) {
  const { code, output } = await runCommand(command, args, {
    timeoutMs: INSTALL_TIMEOUT_MS,
    env: { ...process.env, TMPDIR: scratch },
  })
  if (code === 0) return
  throw new SetupFailure(
    `${command} ${args[0]} ${args[1]} failed:\n${output.trim()}`,
    'See the message above: usually the package index could not be reached, or the disk is full.',
  )
}

/**
 * Whether users other than the owner can't get into a folder, such as a clone below /root.
 *
 * @param {string} folder
 * @returns {boolean}
 */
function isClosed(folder) {
  const parent = dirname(folder)
  return (statSync(folder).mode & 0o001) === 0 || (parent !== folder && isClosed(parent))
}

/** @returns {Promise<string | undefined>} */
async function findTestPython() {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = [...folders.map((folder) => join(folder, 'python3')), '/usr/bin/python3']
  const prefix = process.getuid?.() === 0 ? AS_NOBODY : []
  for (const candidate of new Set(candidates)) {
    if (!existsSync(candidate)) continue
    const args = [...prefix, candidate, '-c', PROBE]
    const { code } = await runCommand('env', args, { timeoutMs: PROBE_TIMEOUT_MS })
    if (code === 0) return candidate
  }
  return undefined
}
