import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from './paths.mjs'
import { SetupFailure } from './setup-failure.mjs'

/** Packages, build and a Python environment take less; the rest is room for people's files. */
const FREE_BYTES_MIN = 1.5e9

/** Fails where this Node is older than package.json asks for. */
export function checkNode(version = process.versions.node) {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).engines.node
  const [major = 0, minor = 0] = wanted.replace('>=', '').split('.').map(Number)
  const [thisMajor = 0, thisMinor = 0] = version.split('.').map(Number)
  if (thisMajor > major || (thisMajor === major && thisMinor >= minor)) return
  throw new SetupFailure(
    `Node ${version} is too old: Salvus needs ${major}.${minor} or newer.`,
    'Install a newer one from https://nodejs.org, or with nvm: nvm install 22',
  )
}

/** Fails before packages are fetched where they could not be kept. */
export async function checkDisk() {
  const { bavail, bsize } = await statfs(ROOT)
  const free = bavail * bsize
  if (free >= FREE_BYTES_MIN) return
  throw new SetupFailure(
    `Only ${Math.floor(free / 1e6)} MB are free where ${ROOT} is.`,
    `Free some space: a fresh set-up needs ${FREE_BYTES_MIN / 1e9} GB.`,
  )
}
