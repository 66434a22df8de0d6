import { constants } from 'node:fs'
import { access as accessFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { DocumentDisk } from '../../messages/documents.ts'
import { codeOf } from '../../util/coded-error.ts'

/** Whether the file may be written by us, and why not. */
export async function access(
  absolute: string,
): Promise<Pick<DocumentDisk, 'readOnly' | 'readOnlyReason'>> {
  const reason = await readOnlyReason(absolute)
  return reason === undefined ? { readOnly: false } : { readOnly: true, readOnlyReason: reason }
}

async function readOnlyReason(absolute: string): Promise<string | undefined> {
  try {
    await accessFile(absolute, constants.W_OK)
    return undefined
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EROFS') return 'The disk is read-only.'
    if (code === 'EACCES' || code === 'EPERM') return 'You may not write this file.'
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      // Deleted: whether it can be written again is its folder's to say.
      return (await stat(dirname(absolute)).catch(() => undefined))
        ? undefined
        : 'Its folder is gone.'
    }
    throw error
  }
}
