import { realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'

import type { ErrorCode } from '../../messages/errors.ts'
import { NAME_CHARACTERS_MAX } from '../../messages/limits.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'

/** Salvus' own folder in a project: history, trash, unfinished uploads, long outputs. Not listed and not changed by file requests. */
export const SALVUS_FOLDER = '.salvus'

/** A name of a file has at most this many bytes on the file systems we run on. */
const NAME_BYTES_MAX = 255

/** Where a project's path leads to on the disk. */
export interface ResolvedPath {
  /** Absolute, inside the project, free of symlinks but for its last name. */
  readonly absolute: string
  /** Relative to the project, normalized, '' for the project itself. */
  readonly path: string
}

/**
 * Resolves a path that a client wrote. Containment is checked on the real path of the folder that holds the last
 * name, by whole names, so that neither `..` nor a symlink nor a sibling with the same beginning leads out. The
 * last name itself may be a link: `resolveTarget` follows it. What is checked may change a moment later by the hand
 * of the project's own people, who have the same rights on the disk as this process: nothing is gained by it.
 * @param projectDir real path of the project's directory
 * @throws CodedError `outside_project`, `not_found`, `bad_value`, `not_a_file`
 */
export async function resolveName(projectDir: string, path: string): Promise<ResolvedPath> {
  const lexical = checkedLexical(projectDir, path)
  if (lexical === projectDir) return { absolute: projectDir, path: '' }
  const folder = await realFolder(dirname(lexical), path)
  const absolute = join(folder, basename(lexical))
  return { absolute, path: inside(projectDir, absolute, path) }
}

/** As `resolveName`, and follows a link at the end. */
export async function resolveTarget(projectDir: string, path: string): Promise<ResolvedPath> {
  const absolute = await realFolder(checkedLexical(projectDir, path), path)
  return { absolute, path: inside(projectDir, absolute, path) }
}

/** As `resolveName`, for a path that is going to be changed: the project itself and Salvus' own folder are refused. */
export async function resolveChangeable(projectDir: string, path: string): Promise<ResolvedPath> {
  const resolved = await resolveName(projectDir, path)
  if (resolved.path === '')
    throw new CodedError<ErrorCode>('bad_value', 'the project itself can not be changed as a file')
  if (resolved.path.split(sep)[0] === SALVUS_FOLDER) {
    throw new CodedError<ErrorCode>('forbidden', `"${path}" belongs to Salvus`)
  }
  checkName(basename(resolved.absolute))
  return resolved
}

/** The path as it would be without links, relative to the project. @throws CodedError `outside_project`, `bad_value` */
export function normalizePath(projectDir: string, path: string): string {
  return relative(projectDir, checkedLexical(projectDir, path))
}

function checkedLexical(projectDir: string, path: string): string {
  if (path.includes('\0'))
    throw new CodedError<ErrorCode>('bad_value', 'a path contains a NUL character')
  const lexical = resolve(projectDir, `./${path}`)
  inside(projectDir, lexical, path)
  return lexical
}

function inside(projectDir: string, absolute: string, path: string): string {
  if (absolute !== projectDir && !absolute.startsWith(projectDir + sep)) {
    throw new CodedError<ErrorCode>('outside_project', `"${path}" leads out of the project`)
  }
  return relative(projectDir, absolute)
}

async function realFolder(folder: string, path: string): Promise<string> {
  try {
    return await realpath(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR')
      throw new CodedError<ErrorCode>('not_a_file', `a part of "${path}" is not a folder`, {
        cause: error,
      })
    if (codeOf(error) === 'ELOOP')
      throw new CodedError<ErrorCode>('bad_value', `"${path}" is a link to itself`, {
        cause: error,
      })
    throw new CodedError<ErrorCode>('not_found', `"${path}" does not exist`, { cause: error })
  }
}

function checkName(name: string): void {
  if (Buffer.byteLength(name) > NAME_BYTES_MAX || name.length > NAME_CHARACTERS_MAX) {
    throw new CodedError<ErrorCode>(
      'bad_value',
      `the name "${name.slice(0, 40)}..." is longer than ${NAME_CHARACTERS_MAX} characters`,
    )
  }
}
