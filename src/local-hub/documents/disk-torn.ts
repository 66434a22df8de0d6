import { decodeDocument, type FileForm } from '../../documents/document-codec.ts'
import type { SavedBase } from '../../sync/saved-base.ts'
import { CodedError } from '../../util/coded-error.ts'
import { type DiskBytes, hashOf } from './disk-file.ts'

/**
 * What was in a file before a write in place that the end of the process cut short: known by the bytes, which are partly
 * what was there and partly what was to be. Undefined where they are anything else.
 */
export function beforeTornWrite(
  path: string,
  disk: DiskBytes,
  [before, ...written]: readonly SavedBase[],
): { readonly base: SavedBase; readonly bytes: Uint8Array } | undefined {
  if (before === undefined || written.length === 0) return undefined
  const form = formOf(path, disk.bytes)
  const old = bytesOf(before, form)
  if (old === undefined) return undefined
  const isOurs = written.some((after) => {
    const bytes = bytesOf(after, form)
    return bytes !== undefined && isTorn(disk.bytes, old, bytes)
  })
  return isOurs ? { base: before, bytes: old } : undefined
}

/**
 * True where bytes are what a write in place leaves that ends halfway: it adds what is longer at the end, then replaces
 * from the beginning, then cuts.
 */
export function isTorn(bytes: Uint8Array, before: Uint8Array, after: Uint8Array): boolean {
  if (bytes.length < before.length || bytes.length > Math.max(before.length, after.length)) {
    return false
  }
  const added = after.subarray(before.length, bytes.length)
  if (Buffer.compare(bytes.subarray(before.length), added) !== 0) return false
  let replaced = 0
  while (replaced < before.length && bytes[replaced] === after[replaced]) replaced++
  const rest = bytes.subarray(replaced, before.length)
  return Buffer.compare(rest, before.subarray(replaced)) === 0
}

/** Undefined where they can't be known again. */
function bytesOf({ state, hash }: SavedBase, form: FileForm): Uint8Array | undefined {
  const { bytes } = form.encode(state)
  return hashOf(bytes) === hash ? bytes : undefined
}

/** A character may be torn as well. */
function formOf(path: string, bytes: Uint8Array): FileForm {
  try {
    return decodeDocument(path, bytes).form
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    return decodeDocument(path, new Uint8Array()).form
  }
}
