import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Puts the command `salvus` of programs inside the project beside the API's socket, in the folder `bin` that is first on
 * their PATH. Made anew at each start: which Node there is, and where the programs are, may have changed.
 */
export async function writeCommand(socketPath: string, program: string): Promise<void> {
  const folder = join(dirname(socketPath), 'bin')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'salvus')
  const lines = ['#!/bin/sh', `exec ${quoted(process.execPath)} ${quoted(program)} "$@"`]
  // A shell may be about to read it.
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`, { mode: 0o700 })
  await rename(`${file}.new`, file)
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
