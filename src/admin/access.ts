import { statSync } from 'node:fs'
import { dirname } from 'node:path'

const OTHERS_EXECUTE = 0o001

/**
 * The folder on the way to `path` that users other than its owner may not pass; undefined where
 * all may be passed. `path` itself counts as one. Missing folders are passed over: who makes them
 * chooses their mode.
 */
export function closedFolderOnTheWay(path: string): string | undefined {
  const parent = dirname(path)
  const above = parent === path ? undefined : closedFolderOnTheWay(parent)
  if (above !== undefined) return above
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isDirectory()) return undefined
  return (stats.mode & OTHERS_EXECUTE) === 0 ? path : undefined
}
