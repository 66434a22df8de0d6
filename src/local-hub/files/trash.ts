import { randomBytes } from 'node:crypto'
import { lstat, mkdir, opendir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import { type TrashEntry, trashEntry } from '../../messages/files.ts'
import { CodedError } from '../../util/coded-error.ts'
import { atPath } from './file-error.ts'
import { type OnConflict, place, renameToFree, resolveNew } from './operations.ts'
import { resolveChangeable, SALVUS_FOLDER } from './project-path.ts'

/**
 * The trash is `.salvus/trash/<id>/`, one folder for each deleted file or folder: `info.json` and `content`. A
 * deletion is a rename, so it takes no time and nearly no space however large the file.
 */
const TRASH = `${SALVUS_FOLDER}/trash`

/** Files counted for the size of a deleted folder; beyond, the size is that of those counted. */
const COUNTED_MAX = 10_000

const info = trashEntry.omit({ trashId: true })
const trashIdPattern = /^\d{13,16}-[0-9a-f]{16}$/

/** @returns the id by which it can be restored */
async function moveToTrash(
  projectDir: string,
  path: string,
): Promise<{ trashId: string; path: string }> {
  const source = await resolveChangeable(projectDir, path)
  return atPath(path, async () => {
    const stats = await lstat(source.absolute)
    const deletedMs = Date.now()
    const trashId = `${deletedMs}-${randomBytes(8).toString('hex')}`
    const folder = join(projectDir, TRASH, trashId)
    const kind = stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'link'
        : stats.isFile()
          ? 'file'
          : 'other'
    const sizeBytes = stats.isDirectory() ? await sizeOf(source.absolute) : stats.size
    await mkdir(folder, { recursive: true, mode: 0o700 })
    try {
      await writeFile(
        join(folder, 'info.json'),
        JSON.stringify({ path: source.path, deletedMs, sizeBytes, kind }),
      )
      await rename(source.absolute, join(folder, 'content'))
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    return { trashId, path: source.path }
  })
}

/** All of them or none: where one can't be moved, those before it come back. */
export async function moveAllToTrash(
  projectDir: string,
  paths: readonly string[],
): Promise<string[]> {
  const trashIds: string[] = []
  try {
    for (const path of paths) trashIds.push((await moveToTrash(projectDir, path)).trashId)
  } catch (error) {
    for (const trashId of trashIds.reverse()) await restoreFromTrash(projectDir, trashId, 'rename')
    throw error
  }
  return trashIds
}

/** Newest first. */
export async function listTrash(projectDir: string): Promise<TrashEntry[]> {
  const entries = await Promise.all(
    (await trashIds(projectDir)).map((trashId) => readInfo(projectDir, trashId)),
  )
  return entries.filter((entry) => entry !== undefined).sort((a, b) => b.deletedMs - a.deletedMs)
}

/** Puts it back where it was; folders above it that are gone are made again. */
export async function restoreFromTrash(
  projectDir: string,
  trashId: string,
  conflict: OnConflict,
): Promise<string> {
  const entry = trashIdPattern.test(trashId) ? await readInfo(projectDir, trashId) : undefined
  if (!entry) throw new CodedError<ErrorCode>('not_found', `"${trashId}" is not in the trash`)
  const content = join(projectDir, TRASH, trashId, 'content')
  const target = await resolveNew(projectDir, entry.path)
  const path = await place(target, conflict, (absolute, mayReplace) =>
    atPath(entry.path, () =>
      mayReplace ? rename(content, absolute) : renameToFree(content, absolute),
    ),
  )
  await rm(join(projectDir, TRASH, trashId), { recursive: true, force: true })
  return path
}

/** Can't be undone. Goes on over what can't be removed, and then says so. */
export async function emptyTrash(projectDir: string): Promise<void> {
  await atPath('the trash', () => rm(join(projectDir, TRASH), { recursive: true, force: true }))
}

async function trashIds(projectDir: string): Promise<string[]> {
  try {
    const names = await readdir(join(projectDir, TRASH))
    return names.filter((name) => trashIdPattern.test(name))
  } catch {
    // Nothing was deleted yet.
    return []
  }
}

/** Undefined where it is gone, or somebody has been at it from a terminal. */
async function readInfo(projectDir: string, trashId: string): Promise<TrashEntry | undefined> {
  try {
    const text = await readFile(join(projectDir, TRASH, trashId, 'info.json'), 'utf8')
    return { trashId, ...info.parse(JSON.parse(text)) }
  } catch {
    // Such an entry can't be restored from here; emptying the trash removes it.
    return undefined
  }
}

async function sizeOf(absolute: string): Promise<number> {
  let sizeBytes = 0
  let counted = 0
  for await (const entry of await opendir(absolute, { recursive: true })) {
    if (++counted > COUNTED_MAX) break
    if (entry.isFile())
      sizeBytes += (await lstat(join(entry.parentPath, basename(entry.name)))).size
  }
  return sizeBytes
}
