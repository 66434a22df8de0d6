import { existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { connectCassandra } from '../database/cassandra/connection.ts'
import { cassandraDatabase } from '../database/cassandra/open-cassandra.ts'
import { cassandraScanner } from '../database/cassandra/scan.ts'
import { requireSchema } from '../database/cassandra/schema-status.ts'
import { readAddress } from '../database/cassandra/settings.ts'
import type { CopySide } from '../database/copy/copy.ts'
import { connectSqlite, sqliteDatabase } from '../database/sqlite/open-sqlite.ts'
import { sqliteScanner } from '../database/sqlite/scan.ts'
import { readCassandraSettings } from './cassandra/read-settings.ts'
import { askStatus } from './control-socket.ts'
import { Failure } from './failure.ts'
import { DIST_DIR } from './options.ts'
import { chooseDataDirectory } from './start/data-directory.ts'

type OpenSide = CopySide & AsyncDisposable

/**
 * Opens `sqlite:PATH` or `cassandra:FILE`.
 * @throws Failure where there is none, or where Salvus runs on it
 */
export async function openSide(name: string, use: 'read' | 'write'): Promise<OpenSide> {
  const [kind] = name.split(':', 1)
  const path = name.slice(`${kind}:`.length)
  if (kind === 'sqlite' && path !== '') return openSqliteSide(resolve(path), use)
  if (kind === 'cassandra' && path !== '') return openCassandraSide(path)
  throw new Failure(`"${name}" names no database.`, 'Say sqlite:PATH or cassandra:FILE.')
}

async function openSqliteSide(path: string, use: 'read' | 'write'): Promise<OpenSide> {
  const isFile = path.endsWith('.sqlite') || (existsSync(path) && statSync(path).isFile())
  const file = isFile ? path : join(path, 'database', 'salvus.sqlite')
  if (use === 'read' && !existsSync(file)) {
    throw new Failure(`There is no database ${file}.`, 'Name the data directory: sqlite:DIR.')
  }
  await refuseRunning(file)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const connection = await connectSqlite({ file, workerFile: join(DIST_DIR, 'database-worker.js') })
  const database = sqliteDatabase(connection)
  return {
    database,
    scanner: sqliteScanner(connection),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** A hub that writes meanwhile would write what nobody copies. */
async function refuseRunning(file: string): Promise<void> {
  const folder = dirname(file)
  if (basename(folder) !== 'database') return
  const dataDir = dirname(folder)
  if ((await askStatus(chooseDataDirectory(dataDir).sharedDir)) === undefined) return
  throw new Failure(`Salvus runs on ${dataDir}.`, `Stop it: salvus stop --data ${dataDir}`)
}

async function openCassandraSide(file: string): Promise<OpenSide> {
  const connection = await connectCassandra(readAddress(readCassandraSettings(file)))
  try {
    await requireSchema(connection)
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
  const database = cassandraDatabase(connection)
  return {
    database,
    scanner: cassandraScanner(connection),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
