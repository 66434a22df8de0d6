import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Twice what a search could ever reach. */
const SECRET_BYTES = 32

/**
 * The path of a secret in the data directory, made at the first run: 32 random bytes in hex, mode
 * 0600. Written beside and then linked, so that it is whole or absent, and never replaced.
 */
export function ensureSecret(dataDir: string, name: string): string {
  const file = join(dataDir, 'secrets', name)
  if (existsSync(file)) return file
  const beside = `${file}.${process.pid}.tmp`
  try {
    writeFileSync(beside, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600 })
    linkSync(beside, file)
  } finally {
    rmSync(beside, { force: true })
  }
  return file
}
