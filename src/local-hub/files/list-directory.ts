import type { Dirent, Stats } from 'node:fs'
import { access, constants, lstat, opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { FileEntry } from '../../messages/files.ts'
import { CodedError } from '../../util/coded-error.ts'
import { atPath } from './file-error.ts'
import { resolveName, resolveTarget, SALVUS_FOLDER } from './project-path.ts'

/** More are not listed: a page can't show them and the message would be too large. */
export const ENTRIES_MAX = 5_000

/**
 * Nor names beyond so many bytes as JSON, where a control character takes six: with what is told of each, the whole
 * stays below what a link carries.
 */
const NAMES_BYTES_MAX = 3 * 1024 * 1024

/** Files that are looked at together; the disk answers several at once. */
const STATS_AT_ONCE = 64

export interface Listing {
  readonly entries: FileEntry[]
  /** False where the folder has more entries than are listed. */
  readonly complete: boolean
}

/** @throws CodedError `not_found`, `not_a_file`, `permission_denied`, `outside_project` */
export async function listDirectory(projectDir: string, path: string): Promise<Listing> {
  const folder = await resolveTarget(projectDir, path)
  return atPath(path, async () => {
    const { names, complete } = await readNames(folder.absolute, folder.path === '')
    const entries: FileEntry[] = []
    for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
      const some = names.slice(at, at + STATS_AT_ONCE)
      const described = await Promise.all(
        some.map((name) => describe(projectDir, folder.path, name)),
      )
      for (const entry of described) if (entry) entries.push(entry)
    }
    return { entries, complete }
  })
}

/** @throws CodedError `not_found`, `outside_project` */
export async function statFile(projectDir: string, path: string): Promise<FileEntry> {
  const { absolute, path: normalized } = await resolveName(projectDir, path)
  return atPath(path, async () =>
    toEntry(projectDir, normalized, normalized.split('/').at(-1) ?? '', await lstat(absolute)),
  )
}

async function readNames(
  absolute: string,
  isProject: boolean,
): Promise<{ names: string[]; complete: boolean }> {
  const names: string[] = []
  let bytes = 0
  const directory = await opendir(absolute)
  for await (const entry of directory as AsyncIterable<Dirent>) {
    if (isProject && entry.name === SALVUS_FOLDER) continue
    bytes += Buffer.byteLength(JSON.stringify(entry.name))
    if (names.length === ENTRIES_MAX || bytes > NAMES_BYTES_MAX) return { names, complete: false }
    names.push(entry.name)
  }
  return { names, complete: true }
}

/** Undefined where the file vanished between reading the folder and looking at it. */
async function describe(
  projectDir: string,
  folder: string,
  name: string,
): Promise<FileEntry | undefined> {
  const path = folder === '' ? name : `${folder}/${name}`
  try {
    return await toEntry(projectDir, path, name, await lstat(join(projectDir, path)))
  } catch {
    // A listing shows what is there; what can not be looked at is not.
    return undefined
  }
}

async function toEntry(
  projectDir: string,
  path: string,
  name: string,
  stats: Stats,
): Promise<FileEntry> {
  const absolute = join(projectDir, path)
  const entry: FileEntry = {
    name,
    kind: kindOf(stats),
    sizeBytes: stats.size,
    modifiedMs: Math.max(0, Math.floor(stats.mtimeMs)),
    writable: await isWritable(absolute),
  }
  return stats.isSymbolicLink() ? { ...entry, ...(await describeTarget(projectDir, path)) } : entry
}

function kindOf(stats: Stats): FileEntry['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

async function describeTarget(
  projectDir: string,
  path: string,
): Promise<{ target: NonNullable<FileEntry['target']>; sizeBytes?: number }> {
  try {
    const { absolute } = await resolveTarget(projectDir, path)
    const stats = await stat(absolute)
    return stats.isDirectory() ? { target: 'directory' } : { target: 'file', sizeBytes: stats.size }
  } catch (error) {
    return {
      target:
        error instanceof CodedError && error.code === 'outside_project' ? 'outside' : 'broken',
    }
  }
}

async function isWritable(absolute: string): Promise<boolean> {
  try {
    await access(absolute, constants.W_OK)
    return true
  } catch {
    // Whatever the reason: it can't be written.
    return false
  }
}
