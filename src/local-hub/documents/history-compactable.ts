import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '../../util/coded-error.ts'
import { SEGMENTS_RESUMED } from './journal-resume.ts'
import { sortedSegments } from './journal-segments.ts'

/** Typing stays as it was typed for a day, in ms: what somebody did today is looked at closely. */
export const COMPACTED_AFTER_MS = 24 * 60 * 60 * 1000

/** True where a compaction may find something to do. Cheap: for the main thread, at each opening and closing. */
export async function isCompactable(folder: string, now: number): Promise<boolean> {
  try {
    const { segments } = sortedSegments(await readdir(folder))
    const closed = segments.slice(0, -SEGMENTS_RESUMED).filter(({ to }) => to === undefined)
    const [oldest] = closed
    if (oldest === undefined) return false
    if (closed.some(({ isPacked }) => !isPacked)) return true
    const { mtimeMs } = await stat(join(folder, oldest.name))
    return now - mtimeMs > COMPACTED_AFTER_MS
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}
