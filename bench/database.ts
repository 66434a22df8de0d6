/*
 * Each operation of the database port, one after another as one hub asks for one person: SQLite in a file, and Cassandra
 * with one node on this machine, so that what is compared is the work and not a network.
 *
 *   sqlite_OPERATION_p50, _p99, cassandra_OPERATION_p50, _p99   in ms
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { applySchema } from '../src/database/cassandra/apply-schema.ts'
import { openCassandra } from '../src/database/cassandra/open-cassandra.ts'
import type { Database } from '../src/database/port/database.ts'
import { cassandraLibrary, TestCluster } from '../test/support/cassandra.ts'
import { openTestDatabase } from '../test/support/sqlite.ts'
import { databaseOperations } from './support/database-operations.ts'
import { emit, note } from './support/emit.ts'
import { percentile } from './support/statistics.ts'

/** Of each operation; the first ones are not counted. */
const ROUNDS = 300
const WARM_UP = 50

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-bench-database-'))
  try {
    await using sqlite = await openTestDatabase(folder)
    await measure('sqlite', sqlite)
    if (cassandraLibrary() === undefined) {
      note('There is no Cassandra: npm test -- --stage external fetches it.')
      return
    }
    note('a node of Cassandra starts ...')
    await using cluster = await TestCluster.start({ dc1: 1 })
    const address = { ...cluster.addressOf('dc1'), keyspace: 'salvus' }
    await applySchema(address, { dc1: 1 }, () => undefined)
    await using cassandra = await openCassandra(address)
    await measure('cassandra', cassandra)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measure(name: string, database: Database): Promise<void> {
  for (const [operation, prepare] of Object.entries(databaseOperations(database))) {
    const times: number[] = []
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      const work = await prepare(randomUUID())
      const start = performance.now()
      await work()
      if (round >= WARM_UP) times.push(performance.now() - start)
    }
    emit({ name: `${name}_${operation}_p50`, value: percentile(times, 0.5), unit: 'ms' })
    emit({ name: `${name}_${operation}_p99`, value: percentile(times, 0.99), unit: 'ms' })
  }
}

await main()
