import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone this file lives in. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** What set-up makes for itself; on the clone's file system, so that a rename publishes it. */
export const SETUP_DIR = join(ROOT, '.setup')

export const MODULES_DIR = join(ROOT, 'node_modules')
export const DIST_DIR = join(ROOT, 'dist')
