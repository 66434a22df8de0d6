import { describe, expect, it } from 'vitest'

import { applySchema } from '../../../src/database/cassandra/apply-schema.ts'
import { connectCassandra } from '../../../src/database/cassandra/connection.ts'
import type { CassandraAddress } from '../../../src/database/cassandra/client-options.ts'
import { cql } from '../../../src/database/cassandra/cql.ts'
import { openCassandra } from '../../../src/database/cassandra/open-cassandra.ts'
import { SCHEMA_NUMBER } from '../../../src/database/cassandra/schema.ts'

const NEWER = cql`INSERT INTO schema_steps (part, number) VALUES (?, ?)`
const UNDO = cql`DELETE FROM schema_steps WHERE part = ?`

/** The steps of the schema, and what a program says of tables that are not its own. */
export function schemaTests(reach: () => Promise<CassandraAddress>): void {
  describe('the schema', () => {
    it('is applied once, by one of two at the same time, and again after it was interrupted', async () => {
      const address = { ...(await reach()), keyspace: 'twice' }
      await expect(openCassandra(address)).rejects.toMatchObject({ code: 'schema_older' })
      const first = await applySchema(address, { dc1: 1 }, () => undefined)
      expect(first).toEqual({ keyspace: 'made', steps: [SCHEMA_NUMBER] })
      await using connection = await connectCassandra(address)
      await connection.run(UNDO, 'schema')
      await expect(openCassandra(address)).rejects.toMatchObject({ code: 'schema_older' })
      const both = await Promise.allSettled([
        applySchema(address, { dc1: 1 }, () => undefined),
        applySchema(address, { dc1: 1 }, () => undefined),
      ])
      const kinds = both.map((one) =>
        one.status === 'fulfilled' ? 'done' : String(one.reason.code),
      )
      expect(kinds).toContain('done')
      expect(kinds.filter((kind) => kind !== 'done' && kind !== 'schema_locked')).toEqual([])
      const again = await applySchema(address, { dc1: 1 }, () => undefined)
      expect(again).toEqual({ keyspace: 'unchanged', steps: [] })
      await using database = await openCassandra(address)
      await database.ping()
    })

    it('keeps as many copies as it is told', async () => {
      const address = { ...(await reach()), keyspace: 'twice' }
      await using connection = await connectCassandra(address)
      await connection.define(
        `ALTER KEYSPACE twice WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
      )
      const altered = await applySchema(address, { dc1: 1 }, () => undefined)
      expect(altered.keyspace).toBe('altered')
      await using database = await openCassandra(address)
      await database.ping()
    })

    it('of a newer version is refused, and left as it is', async () => {
      const address = { ...(await reach()), keyspace: 'twice' }
      await using connection = await connectCassandra(address)
      await connection.run(NEWER, 'schema', SCHEMA_NUMBER + 1)
      const newer = { code: 'schema_newer', message: expect.stringContaining('Upgrade') }
      await expect(openCassandra(address)).rejects.toMatchObject(newer)
      await expect(applySchema(address, { dc1: 1 }, () => undefined)).rejects.toMatchObject(newer)
    })
  })

  describe('a cluster that can not be used', () => {
    it('is said to be away: a wrong password, and no node', async () => {
      const address = { ...(await reach()), keyspace: 'salvus' }
      const credentials = { username: 'cassandra', password: 'wrong' }
      await expect(openCassandra({ ...address, credentials })).rejects.toMatchObject({
        code: 'database_away',
        message: expect.stringContaining('password'),
      })
      await expect(
        openCassandra({ ...address, contactPoints: ['127.0.255.254'] }),
      ).rejects.toMatchObject({ code: 'database_away' })
    })
  })
}
