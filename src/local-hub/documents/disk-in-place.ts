import type { BigIntStats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/**
 * Writes into a file that is not to be replaced. What is added comes first: where the disk is full, that fails and is
 * taken back, before anything else is touched. Where it fails halfway, what was there is put back; where the process
 * ends halfway, `isTorn` knows what it left. Undefined, and nothing is done, where the file is not the expected one.
 */
export async function writeInPlace(
  path: string,
  bytes: Uint8Array,
  isExpected: () => boolean,
): Promise<BigIntStats | undefined> {
  await using file = await open(path, 'r+')
  const before = await file.readFile()
  if (!isExpected()) return undefined
  try {
    await writeAll(file, bytes, before.length)
    await writeAll(file, bytes.subarray(0, before.length), 0)
    // Not where it grew: somebody may have added something behind it meanwhile.
    if (bytes.length < before.length) await file.truncate(bytes.length)
    await file.sync()
  } catch (error) {
    await writeAll(file, before, 0)
    await file.truncate(before.length)
    throw error
  }
  return await file.stat({ bigint: true })
}

/** The bytes from a position on, at that position. */
async function writeAll(file: FileHandle, bytes: Uint8Array, from: number): Promise<void> {
  for (let at = from; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, at)
    at += bytesWritten
  }
}
