import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import type { ErrorCode } from '../messages/errors.ts'
import { API_FILE, API_VARIABLE } from '../messages/project-api.ts'
import { CodedError } from '../util/coded-error.ts'

/**
 * The socket of the project that this program is in: what the environment says, else what the file says that the
 * project's local hub wrote, from the working directory upwards. @throws CodedError `not_found`
 */
export function findSocket(): string {
  const said = process.env[API_VARIABLE]
  if (said !== undefined && said !== '') return said
  for (let folder = resolve('.'); ; folder = dirname(folder)) {
    const file = join(folder, API_FILE)
    if (existsSync(file)) return readFileSync(file, 'utf8').trim()
    if (folder === dirname(folder)) break
  }
  const message = `this is no project of Salvus: ${API_VARIABLE} is not set, and there is no ${API_FILE} here or above`
  throw new CodedError<ErrorCode>('not_found', message)
}
