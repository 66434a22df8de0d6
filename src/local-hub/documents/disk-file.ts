import { createHash } from 'node:crypto'
import {
  type BigIntStats,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs'
import { type FileHandle, lstat, open, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { writeInPlace } from './disk-in-place.ts'

export interface DiskBytes {
  readonly bytes: Uint8Array
  /** SHA-256 in hex. */
  readonly hash: string
}

/**
 * The bytes of a file, or undefined where there is none.
 * @throws CodedError `too_large` before anything is read, `not_a_file`
 */
export async function readDisk(path: string, bytesMax: number): Promise<DiskBytes | undefined> {
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
  await using file = handle
  const { size, ...kind } = await file.stat().then((stats) => ({
    size: stats.size,
    isFile: stats.isFile(),
  }))
  if (!kind.isFile) throw new CodedError<ErrorCode>('not_a_file', 'not a file')
  if (size > bytesMax) {
    throw new CodedError<ErrorCode>(
      'too_large',
      `a file of ${megabytes(size)}; files of up to ${megabytes(bytesMax)} open as text`,
    )
  }
  const bytes = await file.readFile()
  return { bytes, hash: hashOf(bytes) }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MB`
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What a new file may be read and written by: the project's user, and as others may read by the umask. */
const NEW_FILE_MODE = 0o666

/** Differs when a file was written or replaced. */
export type FileIdentity = string

/** The clock of file systems goes on in steps of up to 10 ms: two writes of one step look the same. In milliseconds. */
export const CLOCK_STEP_MS = 20

/** A file at a moment. */
export interface SeenFile {
  readonly identity: FileIdentity
  /** Device and inode: the same file under another name. */
  readonly inode: string
  /** False where it was changed so lately that it may change again and look the same. */
  readonly isSettled: boolean
}

/** Undefined where there is no file. */
export async function seeFile(path: string): Promise<SeenFile | undefined> {
  const stats = await statOrUndefined(path)
  return stats && seen(stats)
}

function seen(stats: BigIntStats): SeenFile {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = stats
  return {
    identity: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`,
    inode: `${dev}:${ino}`,
    isSettled: Number(ctimeMs) < Date.now() - CLOCK_STEP_MS,
  }
}

/**
 * Replaces a file as a whole: after a crash at any moment it is the old or the new one. Mode and, where we may, owner
 * stay; a link stays one, and what it leads to is replaced. A file with several names keeps them: it is written in
 * place, as is one in a folder that is not ours. Undefined, and nothing is done, where just before it would be replaced
 * the file is not the `expected` one; otherwise the file as it is then.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  options?: { readonly expected: FileIdentity | undefined },
): Promise<SeenFile | undefined> {
  // What is found at once is asked without a turn of the event loop, which costs ten times as much; writing, and
  // waiting for the disk, are not.
  const target = targetOf(path)
  const before = statSync(target, { bigint: true, throwIfNoEntry: false })
  const isExpected = (): boolean => {
    if (options === undefined) return true
    const stats = statSync(target, { bigint: true, throwIfNoEntry: false })
    return (stats && seen(stats).identity) === options.expected
  }
  if (before && before.nlink > 1n) return seenInPlace(target, bytes, isExpected)
  const beside = temporaryBeside(target)
  try {
    const written = await replaceBy(beside, { target, bytes, before, isExpected })
    if (!written) await rm(beside, { force: true })
    return written
  } catch (error) {
    await rm(beside, { force: true })
    // The folder may not be written, or keeps files of others; the file perhaps may.
    const code = codeOf(error)
    if ((code !== 'EACCES' && code !== 'EPERM') || !before) throw error
    return seenInPlace(target, bytes, isExpected)
  }
}

async function seenInPlace(...all: Parameters<typeof writeInPlace>): Promise<SeenFile | undefined> {
  const stats = await writeInPlace(...all)
  return stats && seen(stats)
}

function targetOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (isAbsent(error)) return path
    throw error
  }
}

async function statOrUndefined(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

function isAbsent(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

interface Replacement {
  readonly target: string
  readonly bytes: Uint8Array
  readonly before: BigIntStats | undefined
  readonly isExpected: () => boolean
}

async function replaceBy(
  beside: string,
  { target, bytes, before, isExpected }: Replacement,
): Promise<SeenFile | undefined> {
  const mode = before ? Number(before.mode) & 0o7777 : NEW_FILE_MODE
  await using file = await open(beside, 'wx', mode)
  await file.writeFile(bytes)
  if (before) keepOwnerAndMode(file.fd, before, mode)
  // A time of whole milliseconds is none that the file system gives: whoever writes the file next is known by it.
  const now = Math.floor(Date.now()) / 1000
  futimesSync(file.fd, now, now)
  await file.sync()
  const made = fstatSync(file.fd, { bigint: true })
  // Without a turn of the event loop between: nobody can see the look and the renaming as two, but for microseconds.
  if (!isExpected()) return undefined
  renameSync(beside, target)
  const after = fstatSync(file.fd, { bigint: true })
  await syncFolder(dirname(target))
  const isOurs = after.mtimeNs === made.mtimeNs && after.size === made.size
  return { ...seen(after), isSettled: isOurs }
}

/** Entries of a folder among which a file that was renamed is looked for. */
const NAMES_MAX = 2_000

/** The name that a file has in this folder now, where it was renamed. */
export async function nameOf(folder: string, inode: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.slice(0, NAMES_MAX)) {
    const stats = await lstat(join(folder, name), { bigint: true }).catch(() => undefined)
    if (stats && seen(stats).inode === inode) return name
  }
  return undefined
}

/** Hidden, and told from people's own files by its beginning. */
export const TEMPORARY_PREFIX = '.salvus-saving-'

let temporaries = 0

function temporaryBeside(path: string): string {
  temporaries++
  const name = `${TEMPORARY_PREFIX}${process.pid}-${temporaries}-${basename(path)}`
  return join(dirname(path), Buffer.from(name).subarray(0, 250).toString('utf8'))
}

function keepOwnerAndMode(fd: number, before: BigIntStats, mode: number): void {
  const now = fstatSync(fd, { bigint: true })
  if (now.uid !== before.uid || now.gid !== before.gid) {
    try {
      fchownSync(fd, Number(before.uid), Number(before.gid))
    } catch (error) {
      // Another's file in a folder of ours: it becomes ours, as it does with every editor.
      if (codeOf(error) !== 'EPERM') throw error
    }
  }
  fchmodSync(fd, mode)
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync().catch((error: unknown) => {
    // Some file systems can't; the rename is as safe there as it gets.
    if (codeOf(error) !== 'EINVAL') throw error
  })
}

const SAVE_FAILURES: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  ENOSPC: {
    code: 'disk_full',
    message: 'Not saved: the disk is full. Free some space, then save again; nothing is lost.',
  },
  EDQUOT: {
    code: 'disk_full',
    message:
      "Not saved: the project's space is used up. Free some space, then save again; nothing is lost.",
  },
  EROFS: { code: 'permission_denied', message: 'Not saved: the disk is read-only.' },
  EACCES: {
    code: 'permission_denied',
    message: 'Not saved: the file or its folder may not be read or written (permission denied).',
  },
  EPERM: {
    code: 'permission_denied',
    message: 'Not saved: the file may not be written (operation not permitted).',
  },
  ENOENT: { code: 'not_found', message: 'Not saved: the folder of this file is gone.' },
  ENOTDIR: { code: 'not_found', message: 'Not saved: the folder of this file is gone.' },
  ELOOP: { code: 'not_found', message: 'Not saved: the file is a link that leads to itself.' },
  EIO: { code: 'internal', message: 'Not saved: the disk reports an error (EIO).' },
}

/** What a failed save means to people. */
export function saveFailure(error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const known = SAVE_FAILURES[codeOf(error) ?? '']
  if (known) return new CodedError(known.code, known.message, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new CodedError<ErrorCode>('internal', `Not saved: ${reason}`, { cause: error })
}
