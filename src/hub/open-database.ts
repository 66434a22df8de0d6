import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Configuration } from '../daemon/configuration.ts'
import type { Database } from '../database/port/database.ts'
import { openSqlite } from '../database/sqlite/open-sqlite.ts'
import type { HUB_SETTINGS } from './configuration/settings.ts'

/**
 * The database that the configuration names.
 * @throws DatabaseAway; CodedError `schema_older`, `schema_newer`, `bad_configuration`
 */
export async function openDatabase(
  settings: Pick<Configuration<typeof HUB_SETTINGS>, 'dataDir' | 'database'>,
  sqliteWorker: string | URL,
): Promise<Database> {
  const { database, dataDir } = settings
  if (database === 'sqlite') {
    const folder = join(dataDir, 'database')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return openSqlite({ file: join(folder, 'salvus.sqlite'), workerFile: sqliteWorker })
  }
  const { openCassandra } = await import('../database/cassandra/open-cassandra.ts')
  const { readAddress } = await import('../database/cassandra/settings.ts')
  return openCassandra(readAddress(database.cassandra))
}
