import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe } from 'vitest'

import type { CopySide } from '../../../src/database/copy/copy.ts'
import { applySchema } from '../../../src/database/cassandra/apply-schema.ts'
import { connectCassandra } from '../../../src/database/cassandra/connection.ts'
import { cassandraDatabase, openCassandra } from '../../../src/database/cassandra/open-cassandra.ts'
import { cassandraScanner } from '../../../src/database/cassandra/scan.ts'
import { databaseCopyContract } from '../../contract/database-copy.ts'
import { databaseContract } from '../../contract/database.ts'
import { cassandraLibrary, TestCluster } from '../../support/cassandra.ts'
import { openTestSide } from '../../support/sqlite.ts'
import { clockTests } from './clocks.ts'
import { commandTests } from './commands.ts'
import { faultTests } from './faults.ts'
import { hubTests } from './hubs.ts'
import { schemaTests } from './schema.ts'

/*
 * Everything that one real node is enough for, in one file: a node takes some seconds to start, and tables one.
 */

let cluster: Promise<TestCluster> | undefined
const folders: string[] = []
afterAll(async () => {
  if (cluster !== undefined) await (await cluster)[Symbol.asyncDispose]()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

function start(): Promise<TestCluster> {
  cluster ??= TestCluster.start({ dc1: 1 })
  return cluster
}

/** A keyspace with the tables, by its name. */
async function prepare(keyspace: string) {
  const address = { ...(await start()).addressOf('dc1'), keyspace }
  await applySchema(address, { dc1: 1 }, () => undefined)
  return address
}

async function openSide(keyspace: string): Promise<CopySide> {
  const connection = await connectCassandra(await prepare(keyspace))
  return { database: cassandraDatabase(connection), scanner: cassandraScanner(connection) }
}

async function openSqliteSide(): Promise<CopySide> {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-test-'))
  folders.push(folder)
  return openTestSide(folder)
}

describe.skipIf(cassandraLibrary() === undefined)('on a real node of Cassandra', () => {
  databaseContract('Cassandra', async () => openCassandra(await prepare('salvus')))
  faultTests(() => prepare('salvus'))
  clockTests(() => prepare('salvus'))
  schemaTests(async () => ({ ...(await start()).addressOf('dc1') }))
  hubTests(() => prepare('salvus'))
  commandTests(async () => ({ ...(await start()).addressOf('dc1') }))
  databaseCopyContract('SQLite to Cassandra', async () => ({
    from: await openSqliteSide(),
    to: await openSide('copied'),
    back: await openSqliteSide(),
  }))
})
