import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect } from 'vitest'

import { applySchema } from '../../../src/database/cassandra/apply-schema.ts'
import { openCassandra } from '../../../src/database/cassandra/open-cassandra.ts'
import type { Database } from '../../../src/database/port/database.ts'
import { databaseContract } from '../../contract/database.ts'
import { accountRow } from '../../support/account-row.ts'
import { cassandraLibrary, TestCluster } from '../../support/cassandra.ts'
import { isLongRun, longTest } from '../../support/long.ts'
import { until } from '../../support/until.ts'

/*
 * Two datacenters of three nodes and a third with one, which breaks ties: 3 + 3 + 1 copies, as it is run.
 */

const START_MS = 15 * 60_000
const MINUTE_MS = 60_000
const KEYSPACE = 'salvus'

const runs = isLongRun && cassandraLibrary() !== undefined

let cluster: TestCluster | undefined
beforeAll(async () => {
  if (!runs) return
  cluster = await TestCluster.start({ dc1: 3, dc2: 3, dc3: 1 })
  await applySchema(addressOf('dc1'), { dc1: 3, dc2: 3, dc3: 1 }, () => undefined)
}, START_MS)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

function addressOf(dataCenter: string) {
  if (cluster === undefined) throw new Error('the cluster does not run')
  return { ...cluster.addressOf(dataCenter), keyspace: KEYSPACE }
}

if (runs) {
  describe('on seven nodes in three datacenters', () => {
    databaseContract('Cassandra, three and three and one', () => openCassandra(addressOf('dc1')))
  })
}

describe.skipIf(cassandraLibrary() === undefined)('what dies', () => {
  longTest('claims from two datacenters at once have one winner', MINUTE_MS, async () => {
    await using one = await openCassandra(addressOf('dc1'))
    await using two = await openCassandra(addressOf('dc2'))
    for (let round = 0; round < 20; round++) {
      const name = randomUUID()
      const [a, b] = await Promise.all([
        one.claims.claim('email', name, 'one', 1),
        two.claims.claim('email', name, 'two', 2),
      ])
      expect(a.owner).toBe(b.owner)
      const place = { projectId: name, epoch: 1, renewedMs: 0 }
      const [c, d] = await Promise.all([
        one.locations.claim({ ...place, host: 'one' }, undefined),
        two.locations.claim({ ...place, host: 'two' }, undefined),
      ])
      expect(c.host).toBe(d.host)
    }
  })

  longTest('a node that is killed, and one that hangs, cost no answer', 3 * MINUTE_MS, async () => {
    await using database = await openCassandra(addressOf('dc1'))
    const [first, second] = cluster?.nodesOf('dc1') ?? []
    await first?.kill()
    await manyAnswers(database)
    await first?.start()
    await cluster?.agreed()
    second?.pause()
    await manyAnswers(database)
    second?.resume()
    await cluster?.agreed()
  })

  for (const dead of ['dc1', 'dc2'] as const) {
    const left = dead === 'dc1' ? 'dc2' : 'dc1'
    longTest(`with ${dead} dead, ${left} knows all and decides alone`, 6 * MINUTE_MS, async () => {
      await using before = await openCassandra(addressOf(left))
      const taken = randomUUID()
      await using other = await openCassandra(addressOf(dead))
      await other.claims.claim('email', taken, 'before', 1)
      await other.accounts.create(accountRow(taken))
      await Promise.all((cluster?.nodesOf(dead) ?? []).map((node) => node.kill()))
      await untilDecided(before)
      expect(await before.claims.claim('email', taken, 'after', 2)).toMatchObject({
        owner: 'before',
      })
      expect(await before.accounts.get(taken)).toMatchObject({ accountId: taken })
      const name = randomUUID()
      expect(await before.claims.claim('email', name, 'after', 3)).toMatchObject({ owner: 'after' })
      const lease = { host: name, epoch: 1, holder: 'after', beat: 'a', termMs: 60_000 }
      expect(await before.leases.take(lease, undefined)).toEqual(lease)
      await manyAnswers(before)
      await Promise.all((cluster?.nodesOf(dead) ?? []).map((node) => node.start()))
      await cluster?.agreed()
      // What the other one decided meanwhile holds here too.
      await using again = await openCassandra(addressOf(dead))
      await untilDecided(again)
      expect(await again.claims.claim('email', name, 'late', 4)).toMatchObject({ owner: 'after' })
    })
  }
})

/** Until it was noticed who is gone, each decision waits for answers that do not come. */
async function untilDecided(database: Database): Promise<void> {
  await until(
    'a claim is decided',
    async () => {
      try {
        await database.claims.claim('email', randomUUID(), 'x', 1)
        return 'decided'
      } catch (error) {
        return String(error)
      }
    },
    (answer) => answer === 'decided',
    2 * MINUTE_MS,
  )
}

async function manyAnswers(database: Database): Promise<void> {
  const ids = Array.from({ length: 100 }, () => randomUUID())
  for (const id of ids) await database.accounts.create(accountRow(id))
  const rows = await database.accounts.getMany(ids)
  expect(rows.map((row) => row.accountId)).toEqual(ids)
}
