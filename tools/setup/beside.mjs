import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SETUP_DIR } from './paths.mjs'

/*
 * Nothing half-made is ever seen: what set-up makes is made in `.setup/tmp-<pid>-*` and renamed
 * into place when it is whole. What an interrupted set-up left is removed by the next one.
 */

/** @returns {Promise<string>} a new folder on the clone's file system */
export async function makeBeside() {
  await mkdir(SETUP_DIR, { recursive: true })
  return mkdtemp(join(SETUP_DIR, `tmp-${process.pid}-`))
}

/**
 * Puts `from` in the place of `to`. What stood there is moved aside first and removed afterwards,
 * since a folder can't be renamed over a folder with contents.
 *
 * @param {string} from
 * @param {string} to
 */
export async function publish(from, to) {
  if (!existsSync(to)) {
    await rename(from, to)
    return
  }
  const aside = await makeBeside()
  await rename(to, join(aside, 'old'))
  await rename(from, to)
  await rm(aside, { recursive: true, force: true })
}

/** Removes what set-ups left whose process is no more. */
export async function removeStale() {
  if (!existsSync(SETUP_DIR)) return
  for (const name of await readdir(SETUP_DIR)) {
    const pid = /^tmp-(\d+)-/.exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    await rm(join(SETUP_DIR, name), { recursive: true, force: true })
  }
}

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
