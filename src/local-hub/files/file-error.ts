import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'

const FILE_ERRORS: Readonly<Record<string, { code: ErrorCode; says: string }>> = {
  ENOENT: { code: 'not_found', says: 'does not exist' },
  EEXIST: { code: 'exists', says: 'is there already' },
  ENOTEMPTY: { code: 'exists', says: 'is there already and is not empty' },
  EISDIR: { code: 'not_a_file', says: 'is a folder' },
  ENOTDIR: { code: 'not_a_file', says: 'is not a folder' },
  EACCES: { code: 'permission_denied', says: 'may not be changed or read: permission denied' },
  EPERM: { code: 'permission_denied', says: 'may not be changed: operation not permitted' },
  EROFS: { code: 'permission_denied', says: 'is on a read-only disk' },
  ENOSPC: {
    code: 'disk_full',
    says: 'could not be written: the disk is full. Free some space, then try again',
  },
  EDQUOT: {
    code: 'disk_full',
    says: "could not be written: the project's space is used up. Free some space, then try again",
  },
  ENAMETOOLONG: { code: 'bad_value', says: 'has a name that is too long' },
  ELOOP: { code: 'bad_value', says: 'is a link that leads to itself' },
  EXDEV: { code: 'bad_value', says: 'is on another disk' },
  EINVAL: { code: 'bad_value', says: 'can not be moved into itself' },
  ETXTBSY: { code: 'conflict', says: 'is in use' },
  EMFILE: { code: 'unavailable', says: 'can not be opened: too many files are open' },
}

/** What a failure of the file system at this path means to a person. Coded errors pass through unchanged. */
export function fileError(path: string, error: unknown): CodedError {
  if (error instanceof CodedError) return error
  const known = FILE_ERRORS[codeOf(error) ?? '']
  if (known)
    return new CodedError<ErrorCode>(known.code, `"${path}" ${known.says}`, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  return new CodedError<ErrorCode>('internal', `"${path}": ${reason}`, { cause: error })
}

/** Runs an operation on a path and words its failure. */
export async function atPath<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw fileError(path, error)
  }
}
