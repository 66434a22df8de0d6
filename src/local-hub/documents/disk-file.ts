import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'

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
    if (codeOf(error) === 'ENOENT') return undefined
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

/** Undefined where there is no file. */
export async function identityOf(path: string): Promise<FileIdentity | undefined> {
  const stats = await statOrUndefined(path)
  return stats && `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`
}

/**
 * Replaces a file as a whole: after a crash at any moment it is the old or the new one. Mode and, where we may,
 * owner stay. A file with several names keeps them: it is written in place, as is one in a folder that is not ours.
 * False where, just before it would be replaced, `unchanged` is not so; then nothing is.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  unchanged: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const before = await statOrUndefined(path)
  if (before && before.nlink > 1n) {
    if (!(await unchanged())) return false
    await writeInPlace(path, bytes)
    return true
  }
  const beside = temporaryBeside(path)
  try {
    await writeBeside(beside, bytes, before)
    if (!(await unchanged())) {
      await rm(beside, { force: true })
      return false
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    if (codeOf(error) !== 'EACCES' || !before) throw error
    // The folder may not be written, the file perhaps.
    if (!(await unchanged())) return false
    await writeInPlace(path, bytes)
    return true
  }
  await syncFolder(dirname(path))
  return true
}

async function statOrUndefined(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function writeBeside(
  beside: string,
  bytes: Uint8Array,
  before: BigIntStats | undefined,
): Promise<void> {
  const mode = before ? Number(before.mode) & 0o7777 : NEW_FILE_MODE
  await using file = await open(beside, 'wx', mode)
  await file.writeFile(bytes)
  if (before) await keepOwnerAndMode(file, before, mode)
  await file.sync()
}

async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, 0)
  await file.truncate(bytes.length)
  await file.sync()
}

/** Hidden, and told from people's own files by its beginning. */
export const TEMPORARY_PREFIX = '.salvus-saving-'

let temporaries = 0

function temporaryBeside(path: string): string {
  temporaries++
  const name = `${TEMPORARY_PREFIX}${process.pid}-${temporaries}-${basename(path)}`
  return join(dirname(path), Buffer.from(name).subarray(0, 250).toString('utf8'))
}

async function keepOwnerAndMode(
  file: FileHandle,
  before: BigIntStats,
  mode: number,
): Promise<void> {
  const now = await file.stat({ bigint: true })
  if (now.uid !== before.uid || now.gid !== before.gid) {
    try {
      await file.chown(Number(before.uid), Number(before.gid))
    } catch (error) {
      // Another's file in a folder of ours: it becomes ours, as it does with every editor.
      if (codeOf(error) !== 'EPERM') throw error
    }
  }
  await file.chmod(mode)
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
    message: 'Not saved: the file or its folder may not be written (permission denied).',
  },
  EPERM: {
    code: 'permission_denied',
    message: 'Not saved: the file may not be written (operation not permitted).',
  },
  ENOENT: { code: 'not_found', message: 'Not saved: the folder of this file is gone.' },
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
