import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const IGNORED = new Set(['__pycache__', '.mypy_cache', '.ruff_cache', '.pytest_cache'])

/**
 * A hash of the names and contents of files and of everything below folders, in a fixed order.
 * The whole source is some megabytes: reading it costs less than asking git.
 *
 * @param {string} root
 * @param {string[]} paths relative to root; missing ones count as empty
 */
export function inputHash(root, paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of filesBelow(root, path)) {
      const bytes = readFileSync(join(root, file))
      hash.update(`${file}\0${bytes.length}\0`).update(bytes)
    }
  }
  return hash.digest('hex').slice(0, 32)
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {string[]} paths relative to root, sorted
 */
function filesBelow(root, path) {
  const full = join(root, path)
  if (!existsSync(full)) return []
  if (!statSync(full).isDirectory()) return [path]
  return readdirSync(full, { withFileTypes: true })
    .filter((entry) => !IGNORED.has(entry.name))
    .map((entry) => entry.name)
    .sort()
    .flatMap((name) => filesBelow(root, join(path, name)))
}
