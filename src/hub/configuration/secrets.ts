import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { CodedError } from '../../util/coded-error.ts'

const SECRET_BYTES = 32

/** The secret that all hubs share; made, mode 0600, where it is missing. Whole or absent, never replaced. */
export function ensureHubSecret(secretsDir: string): Buffer {
  const file = join(secretsDir, 'hub')
  if (!existsSync(file)) {
    mkdirSync(secretsDir, { recursive: true, mode: 0o700 })
    const beside = `${file}.${process.pid}.tmp`
    writeFileSync(beside, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600 })
    try {
      linkSync(beside, file)
    } catch (error) {
      // Another hub was first.
      if (!existsSync(file)) throw error
    } finally {
      rmSync(beside, { force: true })
    }
  }
  return Buffer.from(readSecret(file), 'hex')
}

/** @throws CodedError `bad_configuration` */
export function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new CodedError('bad_configuration', `the secret ${file} can't be read`, { cause: error })
  }
}
