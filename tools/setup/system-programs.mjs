import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCommand } from './run-command.mjs'
import { step } from './step.mjs'

/*
 * Programs of the system that tests use: found on the PATH, else installed where this is root on a
 * system with apt, else named with what to do. Only tests install anything on the system.
 */

const APT_TIMEOUT_MS = 8 * 60_000

/** A folder, as cron and sudo leave them out of the PATH. */
const SYSTEM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/usr/sbin', '/bin', '/snap/bin']

/** @typedef {{ kind: 'ready', path: string } | { kind: 'absent', reason: string, remedy: string }} Program */

/**
 * @param {string[]} names names of one program, best first
 * @returns {string | undefined}
 */
export function findProgram(names) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_FOLDERS]
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * @param {{ names: string[], aptPackage: string, title: string }} wanted
 * @returns {Promise<Program>}
 */
export async function ensureProgram(wanted) {
  const path = findProgram(wanted.names)
  if (path !== undefined) return { kind: 'ready', path }
  if (!canInstall()) return absent(wanted, `${wanted.title} is not installed`)
  const { code, output } = await step(
    `${wanted.title} (apt-get install ${wanted.aptPackage})`,
    () => aptInstall(wanted.aptPackage),
  )
  const installed = findProgram(wanted.names)
  if (code === 0 && installed !== undefined) return { kind: 'ready', path: installed }
  const last = output.trim().split('\n').at(-1) ?? ''
  return absent(wanted, `${wanted.title} could not be installed: ${last}`)
}

/** @returns {boolean} */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
}

/**
 * Tries with the lists of packages as they are, and once more after fetching new ones.
 *
 * @param {string[]} names
 */
export async function aptInstall(...names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { env, timeoutMs: APT_TIMEOUT_MS }
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  const args = ['install', '-y', '--no-install-recommends', ...wait, ...names]
  const first = await runCommand('apt-get', args, options)
  if (first.code === 0) return first
  await runCommand('apt-get', ['update'], options)
  return runCommand('apt-get', args, options)
}

/**
 * @param {{ aptPackage: string }} wanted
 * @param {string} reason
 * @returns {Program}
 */
function absent(wanted, reason) {
  return { kind: 'absent', reason, remedy: `apt install ${wanted.aptPackage}` }
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us: the next folder.
    return false
  }
}
