import { afterAll, describe } from 'vitest'

import { applySchema } from '../../../src/database/cassandra/apply-schema.ts'
import { openCassandra } from '../../../src/database/cassandra/open-cassandra.ts'
import { databaseContract } from '../../contract/database.ts'
import { cassandraLibrary, TestCluster } from '../../support/cassandra.ts'

const KEYSPACE = 'salvus'

let cluster: Promise<TestCluster> | undefined
afterAll(async () => {
  if (cluster !== undefined) await (await cluster)[Symbol.asyncDispose]()
})

describe.skipIf(cassandraLibrary() === undefined)('on a real node', () => {
  databaseContract('Cassandra', async () => {
    cluster ??= TestCluster.start({ dc1: 1 })
    const address = { ...(await cluster).addressOf('dc1'), keyspace: KEYSPACE }
    await applySchema(address, { dc1: 1 }, () => undefined)
    return openCassandra(address)
  })
})
