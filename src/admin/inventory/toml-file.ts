import { readFileSync } from 'node:fs'

import { TomlError, parse } from 'smol-toml'

import { codeOf } from '../../util/coded-error.ts'
import { Failure } from '../failure.ts'

/** Reads a file of TOML. @throws Failure with the line where it is malformed */
export function readToml(file: string): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'ENOENT') throw error
    throw new Failure(`There is no ${file}.`, 'Name the folder of your installation: --conf DIR', {
      cause: error,
    })
  }
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    // The first line of its message names the fault; the rest draws it, with what may be a secret.
    const [what] = error.message.split('\n')
    throw new Failure(
      `${file}, line ${error.line}: ${what ?? 'malformed'}`,
      'Mend that line; https://toml.io describes the format.',
    )
  }
}
