import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Divergence } from '../../sync/owner.ts'

/** A fault that comes again and again writes no more than so many. */
const FILES_MAX = 20

const FILE_MODE = 0o600

/**
 * Keeps both texts of a divergence in the history's folder, where only the project's people can read them: what was typed
 * is not for the log. Returns the file's name, or undefined where enough are there.
 */
export function keepDivergence(
  folder: string,
  divergence: Divergence,
  at: Date,
): string | undefined {
  const kept = readdirSync(folder).filter((name) => name.startsWith('diverged-'))
  if (kept.length >= FILES_MAX) return undefined
  const stamp = at.toISOString().replaceAll(/[:.]/g, '')
  const name = `diverged-${stamp}-v${divergence.v}.json`
  writeFileSync(join(folder, name), JSON.stringify(divergence, undefined, 2), { mode: FILE_MODE })
  return name
}
