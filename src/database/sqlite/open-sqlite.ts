import { chmodSync, closeSync, openSync } from 'node:fs'

import { DatabaseAway } from '../database-away.ts'
import type { Database } from '../port/database.ts'
import { accountStore, claimStore } from './accounts.ts'
import { attemptStore, fileUseStore, statisticsStore } from './activity.ts'
import { blobStore } from './blobs.ts'
import { SqlConnection } from './connection.ts'
import { invitationStore } from './invitations.ts'
import { leaseStore } from './leases.ts'
import { dueStore, helpStore, mailStore } from './mail.ts'
import { membershipStore } from './membership.ts'
import { locationStore, projectStore } from './projects.ts'
import { applySchema } from './schema.ts'
import { sessionStore, tokenStore } from './sessions.ts'

export interface SqliteOptions {
  /** Made where it is missing, with mode 0600; its folder must be there. */
  readonly file: string
  /** The compiled `worker.ts`: `new URL('./database-worker.js', import.meta.url)` from a program of dist. */
  readonly workerFile: string | URL
}

/**
 * The database of one machine: a file, in WAL mode, which other processes of the machine may open too.
 * @throws DatabaseAway where it can't be opened
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  return sqliteDatabase(await connectSqlite(options))
}

/** The connection alone, for who also scans it; with the tables as they should be. */
export async function connectSqlite(options: SqliteOptions): Promise<SqlConnection> {
  createPrivately(options.file)
  const connection = await SqlConnection.open(options.file, options.workerFile)
  try {
    await applySchema(connection)
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
  return connection
}

/** The stores on a connection, which goes with them. */
export function sqliteDatabase(connection: SqlConnection): Database {
  return {
    accounts: accountStore(connection),
    claims: claimStore(connection),
    sessions: sessionStore(connection),
    tokens: tokenStore(connection),
    projects: projectStore(connection),
    membership: membershipStore(connection),
    invitations: invitationStore(connection),
    locations: locationStore(connection),
    leases: leaseStore(connection),
    blobs: blobStore(connection),
    mail: mailStore(connection),
    help: helpStore(connection),
    due: dueStore(connection),
    fileUse: fileUseStore(connection),
    statistics: statisticsStore(connection),
    attempts: attemptStore(connection),
    ping: async () => {
      await connection.first('SELECT number FROM schema_steps LIMIT 1')
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

/** SQLite gives the files beside it (-wal, -shm) the mode of the database. */
function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  } catch (error) {
    throw new DatabaseAway(`${file} can't be opened: ${String(error)}`, { cause: error })
  }
}
