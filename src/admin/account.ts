import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import type { Database } from '../database/port/database.ts'
import { openSqlite } from '../database/sqlite/open-sqlite.ts'
import { askStatus } from './control-socket.ts'
import { Failure } from './failure.ts'
import { DIST_DIR } from './options.ts'
import { chooseDataDirectory } from './start/data-directory.ts'
import type { DataDirectory } from './start/data-directory.ts'
import { DEFAULT_PORT } from './start/ports.ts'
import { readSettings } from './start/settings.ts'

/** As long as the links that the hub mails. */
const RESET_MS = 30 * 60_000
const TOKEN_BYTES = 32

const USAGE = `Usage: salvus account reset EMAIL [--data DIR]

Prints a link with which the person sets a new password: once, within 30 minutes.
`

/** `salvus account reset EMAIL`: for who can't get mail, and for an administrator who is locked out. */
export async function accountCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  const [what, email] = positionals
  if (values.help || what !== 'reset' || email === undefined || positionals.length !== 2) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const directory = chooseDataDirectory(values.data)
  const file = join(directory.dataDir, 'database', 'salvus.sqlite')
  if (!existsSync(file)) {
    throw new Failure(`There is no database in ${directory.dataDir}.`, 'Name it with --data DIR.')
  }
  const workerFile = join(DIST_DIR, 'database-worker.js')
  await using database = await openSqlite({ file, workerFile })
  const link = await createResetLink(database, email, await publicUrl(directory))
  process.stdout.write(`A new password for ${email}, once, within 30 minutes:\n\n  ${link}\n\n`)
  return 0
}

/** The link that the hub mails to people who forgot their password; the hub takes it as one of its own. */
async function createResetLink(database: Database, email: string, url: URL): Promise<string> {
  const claim = await database.claims.get('email', email.toLowerCase())
  const account = claim === undefined ? undefined : await database.accounts.get(claim.owner)
  if (account === undefined) {
    throw new Failure(
      `Nobody has an account with the address ${email}.`,
      'See the addresses in the page of the administrator.',
    )
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const createdMs = Date.now()
  await database.tokens.create({
    purpose: 'reset_password',
    tokenHash: createHash('sha256').update(token).digest('hex'),
    createdMs,
    expiresMs: createdMs + RESET_MS,
    data: account.accountId,
  })
  return new URL(`reset-password#token=${token}`, url).href
}

async function publicUrl({ dataDir, sharedDir }: DataDirectory): Promise<URL> {
  const settings = readSettings(dataDir)
  const status = await askStatus(sharedDir)
  const url = settings.publicUrl ?? status?.url ?? `http://localhost:${DEFAULT_PORT}/`
  return new URL(url.endsWith('/') ? url : `${url}/`)
}
