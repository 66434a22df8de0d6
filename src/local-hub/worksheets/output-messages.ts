import { readFile, stat, unlink } from 'node:fs/promises'

import { BLOB_BYTES_MAX } from '../../messages/limits.ts'
import type { CellFlag } from '../../messages/worksheet-output.ts'
import type { Json } from '../../sync/change.ts'
import type { PutBlob } from './worksheet-document.ts'

/** A file that the Sage server names, checked by `sageOutput`'s schema. */
interface OutputFile {
  readonly filename: string
  readonly path: string
  readonly show: boolean
  readonly temporary: boolean
}

/** A message as the document keeps it: one for one, so that sequence numbers stay. */
export async function documentMessage(
  message: Readonly<Record<string, unknown>>,
  putBlob: PutBlob,
): Promise<Json> {
  const file = message['file']
  if (isFile(file)) return { file: await keptFile(file, putBlob) }
  // What came over the link was JSON.
  return message as Json
}

/** Removes what was made only to be put into the blob store, once the document refers to its copy there. */
export async function removeTemporary(message: Readonly<Record<string, unknown>>): Promise<void> {
  const file = message['file']
  // Removed already when an earlier local hub got as far as here.
  if (isFile(file) && file.temporary) await unlink(file.path).catch(() => undefined)
}

/** The flags of its cell that a message sets. */
export function flagsOf(
  message: Readonly<Record<string, unknown>>,
): readonly (readonly [CellFlag, boolean])[] {
  const flags: [CellFlag, boolean][] = []
  for (const [key, value] of [
    ['hide', true],
    ['show', false],
  ] as const) {
    if (message[key] === 'input') flags.push(['input_hidden', value])
    if (message[key] === 'output') flags.push(['output_hidden', value])
  }
  if (typeof message['auto'] === 'boolean') flags.push(['auto', message['auto']])
  return flags
}

async function keptFile(file: OutputFile, putBlob: PutBlob): Promise<Json> {
  const { filename, show, path } = file
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new Error('it is not a file')
    if (found.size > BLOB_BYTES_MAX) {
      throw new Error(`it has ${found.size} bytes, and at most ${BLOB_BYTES_MAX} are kept`)
    }
    const { sha256 } = await putBlob(await readFile(path), filename)
    return { filename, sha256, show }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { filename, show, text: `"${filename}" can't be shown: ${reason}` }
  }
}

function isFile(value: unknown): value is OutputFile {
  return typeof value === 'object' && value !== null && 'path' in value && 'temporary' in value
}
