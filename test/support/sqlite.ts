import { join } from 'node:path'

import { openSqlite } from '../../src/database/sqlite/open-sqlite.ts'
import type { Database } from '../../src/database/port/database.ts'
import { bundledWorker } from './bundled-worker.ts'

let worker: Promise<string> | undefined

/** A real database in a folder of the test's. */
export async function openTestDatabase(folder: string): Promise<Database> {
  worker ??= bundledWorker('src/database/sqlite/worker.ts')
  return openSqlite({ file: join(folder, 'salvus.sqlite'), workerFile: await worker })
}
