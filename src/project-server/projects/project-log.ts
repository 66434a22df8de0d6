import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import { codeOf } from '../../util/coded-error.ts'

/** At the start of a project a longer log is put aside; the one that was there before is gone then. */
const LOG_BYTES_MAX = 4 * 1024 * 1024

/** Makes the folder of a project's log, and puts a long one aside. */
export async function prepareLog(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if ((await sizeOf(path)) > LOG_BYTES_MAX) await rename(path, olderLog(path))
}

/** The log that was put aside. */
export function olderLog(path: string): string {
  return `${path}.1`
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0
    throw error
  }
}
