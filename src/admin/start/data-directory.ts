import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { closedFolderOnTheWay } from '../access.ts'
import { Failure } from '../failure.ts'
import { DEFAULT_DATA_DIR, isRoot } from '../options.ts'

/*
 * A data directory has two halves. The owner's: configuration, secrets, database and logs. And that
 * which the users of projects must get to: projects, their sockets, and the programs they run. They
 * are one folder, unless Salvus runs as root and other users can't pass the folders above it (such
 * as /root); then the second half is in /var/lib/salvus, with links to it in the first.
 */

export interface DataDirectory {
  /** As given by `--data`. */
  readonly dataDir: string
  /** Holds `projects`, `run`, `python`, `sage` and `runtime`; mostly the same. */
  readonly sharedDir: string
}

const SYSTEM_DATA_DIR = '/var/lib/salvus'

/**
 * The kernel takes 107 bytes as the path of a socket, and those of a project need 56 behind this
 * folder: `/run/`, the project's id, `/u/console.sock`.
 */
const SHARED_DIR_BYTES_MAX = 51

/** The owner's half, and the modes of its folders. */
const OWN_FOLDERS: Readonly<Record<string, number>> = {
  config: 0o700,
  secrets: 0o700,
  database: 0o700,
  logs: 0o700,
}

/** The other half. Its folders may be passed; listed only `python`, which local hubs watch. */
const SHARED_FOLDERS: Readonly<Record<string, number>> = {
  projects: 0o711,
  run: 0o711,
  python: 0o755,
  sage: 0o711,
  runtime: 0o711,
}

/** The data directory that `--data` means. */
export function chooseDataDirectory(given: string | undefined): DataDirectory {
  const dataDir = given === undefined ? DEFAULT_DATA_DIR : resolve(given)
  return { dataDir, sharedDir: chooseSharedDirectory(dataDir) }
}

function chooseSharedDirectory(dataDir: string): string {
  if (!isRoot()) return withShortPath(dataDir)
  const isShort = Buffer.byteLength(dataDir) <= SHARED_DIR_BYTES_MAX
  if (isShort && closedFolderOnTheWay(dirname(dataDir)) === undefined) return dataDir
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 8)
  return join(SYSTEM_DATA_DIR, name)
}

/** @throws Failure with what to do, where the paths of sockets in it would be too long */
function withShortPath(dataDir: string): string {
  const bytes = Buffer.byteLength(dataDir)
  if (bytes <= SHARED_DIR_BYTES_MAX) return dataDir
  throw new Failure(
    `The path of the data directory has ${bytes} bytes; with more than ${SHARED_DIR_BYTES_MAX} the sockets in it can't be made:\n${dataDir}`,
    `Choose a shorter one: npm start -- --data ${join(homedir(), 'salvus-data')}`,
  )
}

/** Makes the folders that are missing, and sets the modes of all. */
export function prepareDataDirectory({ dataDir, sharedDir }: DataDirectory): void {
  makeFolders(dataDir, OWN_FOLDERS)
  if (sharedDir !== dataDir) makeFolder(SYSTEM_DATA_DIR, 0o711)
  makeFolders(sharedDir, SHARED_FOLDERS)
  if (sharedDir === dataDir) return
  for (const name of Object.keys(SHARED_FOLDERS)) {
    const link = join(dataDir, name)
    if (!existsSync(link)) symlinkSync(join(sharedDir, name), link)
  }
  // Written by the project server, and looked for beside the other logs.
  const projectLogs = join(sharedDir, 'logs', 'projects')
  makeFolder(projectLogs, 0o700)
  const link = join(dataDir, 'logs', 'projects')
  if (!existsSync(link)) symlinkSync(projectLogs, link)
}

function makeFolders(parent: string, folders: Readonly<Record<string, number>>): void {
  makeFolder(parent, 0o711)
  for (const [name, mode] of Object.entries(folders)) makeFolder(join(parent, name), mode)
}

/** The mode of mkdir is cut by the umask, and a folder that was there has its own. */
function makeFolder(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode })
  chmodSync(folder, mode)
}
