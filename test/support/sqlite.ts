import { join } from 'node:path'

import type { CopySide } from '../../src/database/copy/copy.ts'
import { connectSqlite, openSqlite, sqliteDatabase } from '../../src/database/sqlite/open-sqlite.ts'
import { sqliteScanner } from '../../src/database/sqlite/scan.ts'
import type { Database } from '../../src/database/port/database.ts'
import { bundledWorker } from './bundled-worker.ts'

let worker: Promise<string> | undefined

/** A real database in a folder of the test's. */
export async function openTestDatabase(folder: string): Promise<Database> {
  return openSqlite(await optionsIn(folder))
}

/** The same, which can be read as a whole too. */
export async function openTestSide(folder: string): Promise<CopySide> {
  const connection = await connectSqlite(await optionsIn(folder))
  return { database: sqliteDatabase(connection), scanner: sqliteScanner(connection) }
}

async function optionsIn(folder: string): Promise<{ file: string; workerFile: string }> {
  worker ??= bundledWorker('src/database/sqlite/worker.ts')
  return { file: join(folder, 'salvus.sqlite'), workerFile: await worker }
}
