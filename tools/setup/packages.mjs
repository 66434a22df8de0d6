import { existsSync, readFileSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBeside, publish } from './beside.mjs'
import { MODULES_DIR, ROOT } from './paths.mjs'
import { checkDisk } from './prerequisites.mjs'
import { runCommand } from './run-command.mjs'
import { SetupFailure } from './setup-failure.mjs'
import { step } from './step.mjs'

/** A slow registry over a slow line; a healthy one takes 15 s. */
const INSTALL_TIMEOUT_MS = 15 * 60_000

/**
 * Makes node_modules what package-lock.json says. The packages that hold machine code bring it
 * prebuilt for each platform, so no install script runs: not the ones we know, nor others.
 */
export async function ensurePackages() {
  if (packagesMatch(ROOT, MODULES_DIR)) return
  await checkDisk()
  await step('Packages from the npm registry', async () => {
    const beside = await makeBeside()
    try {
      for (const name of ['package.json', 'package-lock.json']) {
        await copyFile(join(ROOT, name), join(beside, name))
      }
      if (existsSync(join(ROOT, '.npmrc'))) {
        await copyFile(join(ROOT, '.npmrc'), join(beside, '.npmrc'))
      }
      await installInto(beside)
      await publish(join(beside, 'node_modules'), MODULES_DIR)
    } finally {
      await rm(beside, { recursive: true, force: true })
    }
  })
}

/**
 * `npm install` beside a copy of the lock file, which it obeys, and not `npm ci`: that refuses a
 * lock file without the packages of other platforms, and some registries don't carry those.
 * Afterwards the result is compared with the lock file all the same.
 *
 * @param {string} folder
 */
async function installInto(folder) {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const args = ['install', '--prefer-offline', ...flags]
  const { code, output } = await runCommand('npm', args, {
    cwd: folder,
    timeoutMs: INSTALL_TIMEOUT_MS,
  }).catch((error) => {
    throw new SetupFailure(
      `npm could not be started: ${error.message}`,
      'Install npm (it comes with Node: https://nodejs.org, or `apt install npm`).',
    )
  })
  if (code === 0 && packagesMatch(ROOT, join(folder, 'node_modules'))) return
  if (code === 0) {
    throw new SetupFailure(
      'npm has installed other versions than package-lock.json names.',
      'Make the lock file follow package.json: npm install --package-lock-only',
    )
  }
  const remedy = /ENOSPC|EDQUOT/.test(output)
    ? 'The disk is full: free 1.5 GB, then run it again.'
    : "See npm's message above. If the registry can't be reached, set `npm config set registry URL` or a proxy."
  throw new SetupFailure(`npm install failed:\n${output.trim()}`, remedy)
}

/**
 * Compares the lock file with the one npm leaves inside node_modules: no stamp of our own to go
 * stale, and `npm install` of a developer counts as set-up.
 *
 * @param {string} root
 * @param {string} modulesDir
 */
export function packagesMatch(root, modulesDir) {
  const installedLock = join(modulesDir, '.package-lock.json')
  if (!existsSync(installedLock)) return false
  const wanted = readPackages(join(root, 'package-lock.json'))
  const installed = readPackages(installedLock)
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional === true || entry.devOptional === true) return true
    return installed[path]?.version === entry.version
  })
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {}
}
