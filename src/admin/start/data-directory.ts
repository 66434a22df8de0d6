import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { closedFolderOnTheWay } from '../access.ts'
import { Failure } from '../failure.ts'
import { DEFAULT_DATA_DIR, isRoot } from '../options.ts'

/** Where data goes when projects' users can't pass the folders above the clone, such as /root. */
const SYSTEM_DATA_DIR = '/var/lib/salvus'

/**
 * The folders of a data directory and their modes. As root, each project has a user of its own,
 * who must pass the outer folder and `projects`, `run`, `python`, `sage` and `runtime` below it,
 * but may list none but `python`, and may not pass the others.
 */
const FOLDERS: Readonly<Record<string, number>> = {
  '': 0o711,
  config: 0o700,
  secrets: 0o700,
  database: 0o700,
  logs: 0o700,
  projects: 0o711,
  run: 0o711,
  // Local hubs watch it for the state of the environment, which takes the right to list it.
  python: 0o755,
  sage: 0o711,
  runtime: 0o711,
}

/** The data directory that the arguments mean. */
export function chooseDataDirectory(given: string | undefined): string {
  if (given !== undefined) return resolve(given)
  if (!isRoot() || closedFolderOnTheWay(dirname(DEFAULT_DATA_DIR)) === undefined) {
    return DEFAULT_DATA_DIR
  }
  const name = createHash('sha256').update(DEFAULT_DATA_DIR).digest('hex').slice(0, 8)
  return join(SYSTEM_DATA_DIR, name)
}

/** Makes what is missing and sets the modes. Fails where projects' users could not get in. */
export function prepareDataDirectory(dataDir: string): void {
  const fresh = !existsSync(dataDir)
  for (const [name, mode] of Object.entries(FOLDERS)) {
    const folder = join(dataDir, name)
    mkdirSync(folder, { recursive: true, mode })
    // The mode of mkdir is cut by the umask, and a folder that was there has its own.
    chmodSync(folder, mode)
  }
  if (fresh && dataDir.startsWith(`${SYSTEM_DATA_DIR}/`)) chmodSync(SYSTEM_DATA_DIR, 0o711)
  if (!isRoot()) return
  const closed = closedFolderOnTheWay(dataDir)
  if (closed === undefined) return
  throw new Failure(
    `Projects run under users of their own, who can't get through ${closed} to ${dataDir}.`,
    `Choose a folder that others may pass, such as --data ${SYSTEM_DATA_DIR}, or chmod o+x ${closed}.`,
  )
}
