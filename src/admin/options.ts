import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the built programs are: this file is bundled into `dist/salvus.js`. */
export const DIST_DIR = dirname(fileURLToPath(import.meta.url))

/** The clone. */
export const ROOT_DIR = dirname(DIST_DIR)

/** What `--data DIR` defaults to. */
export const DEFAULT_DATA_DIR = join(ROOT_DIR, 'data')

/** Whether files get owners of their own and projects get users of their own. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}
