import { cp, link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { basename, dirname, extname, join, sep } from 'node:path'

import type { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import type { onConflict } from '../../messages/files.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { atPath } from './file-error.ts'
import {
  normalizePath,
  resolveChangeable,
  resolveTarget,
  type ResolvedPath,
} from './project-path.ts'

export type OnConflict = z.infer<typeof onConflict>

/** Free names that are tried beside a taken one: `notes (2).md` to `notes (1000).md`. */
const FREE_NAMES_MAX = 1_000

/** Creates a file or folder and the folders above it. @throws CodedError `exists`, `outside_project`, `disk_full`, ... */
export async function createFile(
  projectDir: string,
  path: string,
  content: { kind: 'file' | 'directory'; text: string },
): Promise<string> {
  const target = await resolveNew(projectDir, path)
  return atPath(path, async () => {
    if (content.kind === 'directory') await mkdir(target.absolute)
    else await writeNew(target.absolute, content.text)
    return target.path
  })
}

/** Moves or renames; `paths` that were inside the moved folder move with it. */
export async function moveFile(
  projectDir: string,
  from: string,
  to: string,
  conflict: OnConflict,
): Promise<{ from: string; to: string }> {
  const source = await resolveChangeable(projectDir, from)
  const target = await resolveNew(projectDir, to)
  await atPath(from, () => lstat(source.absolute))
  const moved = await place(target, conflict, (absolute, mayReplace) =>
    atPath(from, () =>
      mayReplace ? rename(source.absolute, absolute) : renameToFree(source.absolute, absolute),
    ),
  )
  return { from: source.path, to: moved }
}

/** Copies a file or a folder with all that is in it. The copy appears whole or not at all. */
export async function copyFile(
  projectDir: string,
  from: string,
  to: string,
  conflict: OnConflict,
): Promise<string> {
  const source = await resolveTarget(projectDir, from)
  const target = await resolveNew(projectDir, to)
  if (target.absolute.startsWith(source.absolute + sep)) {
    throw new CodedError<ErrorCode>('bad_value', `"${from}" can not be copied into itself`)
  }
  const temporary = join(dirname(target.absolute), `.salvus-copy-${randomUUID()}`)
  try {
    await atPath(from, () =>
      cp(source.absolute, temporary, { recursive: true, verbatimSymlinks: true }),
    )
    return await place(target, conflict, (absolute, mayReplace) =>
      atPath(to, () =>
        mayReplace ? replaceBy(temporary, absolute) : renameToFree(temporary, absolute),
      ),
    )
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Resolves a path for something new, creating the folders above it. */
export async function resolveNew(projectDir: string, path: string): Promise<ResolvedPath> {
  const normalized = normalizePath(projectDir, path)
  const folder = dirname(normalized)
  if (folder !== '.') await createFolders(projectDir, folder)
  return resolveChangeable(projectDir, normalized)
}

/** Puts something at its place, or beside it, as the conflict rule says; returns the path relative to the project. */
export async function place(
  target: ResolvedPath,
  conflict: OnConflict,
  put: (absolute: string, mayReplace: boolean) => Promise<void>,
): Promise<string> {
  if (conflict !== 'rename') {
    await put(target.absolute, conflict === 'replace')
    return target.path
  }
  for (let number = 1; number <= FREE_NAMES_MAX; number++) {
    const absolute = numbered(target.absolute, number)
    try {
      await put(absolute, false)
      return join(dirname(target.path), basename(absolute))
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'exists') throw error
    }
  }
  throw new CodedError<ErrorCode>(
    'exists',
    `"${target.path}" and ${FREE_NAMES_MAX} names like it are taken`,
  )
}

/** Renames only where the new name is free: a plain rename would replace a file without asking. */
export async function renameToFree(from: string, to: string): Promise<void> {
  const stats = await lstat(from)
  if (stats.isDirectory()) {
    await assertFree(to)
    await rename(from, to)
    return
  }
  try {
    await link(from, to)
    await unlink(from)
  } catch (error) {
    // Some file systems have no hard links, and links to links are refused; then there is a moment between look and rename.
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'ENOTSUP' && codeOf(error) !== 'EMLINK')
      throw error
    await assertFree(to)
    await rename(from, to)
  }
}

async function assertFree(absolute: string): Promise<void> {
  try {
    await lstat(absolute)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  throw new CodedError<ErrorCode>('exists', `"${basename(absolute)}" is there already`)
}

/** A rename replaces files, but not a folder with something in it: that is set aside first and comes back on failure. */
async function replaceBy(from: string, to: string): Promise<void> {
  const aside = `${from}.replaced`
  try {
    await rename(to, aside)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await rename(from, to)
    return
  }
  try {
    await rename(from, to)
  } catch (error) {
    await rename(aside, to)
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

async function createFolders(projectDir: string, folder: string): Promise<void> {
  // Each existing part is resolved before the next is made, so that a link on the way can't lead out.
  let made = ''
  for (const name of folder.split('/').filter((part) => part !== '' && part !== '.')) {
    made = made === '' ? name : `${made}/${name}`
    const { absolute } = await resolveChangeable(projectDir, made)
    await atPath(made, async () => {
      try {
        await mkdir(absolute)
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
      }
    })
  }
}

async function writeNew(absolute: string, text: string): Promise<void> {
  const file = await open(absolute, 'wx')
  try {
    await file.writeFile(text)
  } catch (error) {
    await rm(absolute, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

function numbered(absolute: string, number: number): string {
  if (number === 1) return absolute
  const extension = extname(absolute)
  return `${absolute.slice(0, absolute.length - extension.length)} (${number})${extension}`
}
