import { createHash } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '../../util/coded-error.ts'
import { SALVUS_FOLDER } from '../files/project-path.ts'

/** Files below a folder whose histories follow a rename of it. Above that only those of open documents do. */
const MOVED_FILES_MAX = 20_000

/** Where the journal of a document is, by its path in the project. */
export function historyFolder(projectDir: string, path: string): string {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
  return join(projectDir, SALVUS_FOLDER, 'history', name)
}

/**
 * A file or folder was moved in Salvus: the histories of the documents in it that are closed follow. Open ones are moved
 * by their owners.
 */
export async function moveHistories(options: {
  readonly projectDir: string
  readonly from: string
  readonly to: string
  readonly isOpen: (path: string) => boolean
}): Promise<void> {
  const { projectDir, from, to, isOpen } = options
  const known = new Set(await namesIn(join(projectDir, SALVUS_FOLDER, 'history')))
  if (known.size === 0) return
  for (const tail of await tailsBelow(join(projectDir, to))) {
    if (isOpen(to + tail)) continue
    const old = historyFolder(projectDir, from + tail)
    const moved = historyFolder(projectDir, to + tail)
    // What was known of another file of this name, which has been replaced.
    if (known.has(nameOf(moved))) await rm(moved, { recursive: true, force: true })
    if (known.has(nameOf(old))) await rename(old, moved)
  }
}

/** '' for a file itself, and `/NAME` for each file below a folder. */
async function tailsBelow(absolute: string): Promise<string[]> {
  try {
    const entries = await readdir(absolute, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .slice(0, MOVED_FILES_MAX)
      .map((entry) => `${entry.parentPath.slice(absolute.length)}/${entry.name}`)
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return ['']
    throw error
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1)
}
