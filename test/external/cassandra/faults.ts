import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { connectCassandra } from '../../../src/database/cassandra/connection.ts'
import type { CassandraAddress } from '../../../src/database/cassandra/client-options.ts'
import type { CqlConnection } from '../../../src/database/cassandra/cql.ts'
import { cassandraDatabase } from '../../../src/database/cassandra/open-cassandra.ts'
import { dyingBeforeBatches, losingAnswers } from '../../support/cassandra-faults.ts'

/** What holds when answers are lost, and when a hub dies in the middle. */
export function faultTests(prepare: () => Promise<CassandraAddress>): void {
  describe('an answer that was lost', () => {
    let connection: CqlConnection
    beforeAll(async () => {
      connection = await connectCassandra(await prepare())
    })
    afterAll(async () => {
      await connection[Symbol.asyncDispose]()
    })

    it('of a claim, a lease, a place and a token that is used once: tried again, each knows itself', async () => {
      const { claims, leases, locations, tokens } = cassandraDatabase(losingAnswers(connection))
      const name = randomUUID()
      expect(await claims.claim('email', name, 'me', 5)).toEqual({ owner: 'me', claimedMs: 5 })
      expect(await claims.claim('email', name, 'you', 6)).toEqual({ owner: 'me', claimedMs: 5 })
      const lease = { host: name, epoch: 1, holder: 'me', beat: 'a', termMs: 9 }
      expect(await leases.take(lease, undefined)).toEqual(lease)
      const next = { ...lease, epoch: 2, holder: 'you', beat: 'b' }
      expect(await leases.take(next, lease)).toEqual(next)
      expect(await leases.renew({ ...next, beat: 'c' })).toEqual({ ...next, beat: 'c' })
      const place = { projectId: name, host: 'a', epoch: 1, renewedMs: 0 }
      expect(await locations.claim(place, undefined)).toEqual(place)
      const moved = { ...place, host: 'b', epoch: 2 }
      expect(await locations.claim(moved, 1)).toEqual(moved)
      const token = {
        purpose: 'set_up' as const,
        tokenHash: name,
        createdMs: Date.now(),
        expiresMs: Date.now() + 60_000,
        data: '',
      }
      await tokens.create(token)
      expect(await tokens.take('set_up', name)).toEqual(token)
      expect(await tokens.take('set_up', name)).toBeUndefined()
    })

    it('of a change of members: tried again, it is found to be done', async () => {
      const { membership } = cassandraDatabase(losingAnswers(connection))
      const projectId = randomUUID()
      const owner = member(projectId)
      const put = [{ kind: 'put' as const, member: owner }]
      expect(await membership.change(projectId, 0, put)).toBe('changed')
      expect(await membership.ofProject(projectId)).toEqual({ version: 1, members: [owner] })
      expect(await membership.ofAccount(owner.accountId)).toEqual([owner])
      expect(await membership.change(projectId, 0, put)).toBe('conflict')
    })

    it('a hub that dies between the two sides of a membership: who reads one writes the other', async () => {
      const dying = cassandraDatabase(dyingBeforeBatches(connection))
      const { membership } = cassandraDatabase(connection)
      const projectId = randomUUID()
      const owner = member(projectId)
      const put = [{ kind: 'put' as const, member: owner }]
      await expect(dying.membership.change(projectId, 0, put)).rejects.toThrow('killed')
      expect(await membership.ofAccount(owner.accountId)).toEqual([])
      expect(await membership.of(projectId, owner.accountId)).toEqual(owner)
      expect(await membership.ofProject(projectId)).toEqual({ version: 1, members: [owner] })
      expect(await membership.ofAccount(owner.accountId)).toEqual([owner])
      const remove = [{ kind: 'remove' as const, accountId: owner.accountId }]
      await expect(dying.membership.change(projectId, 1, remove)).rejects.toThrow('killed')
      expect((await membership.ofProject(projectId)).members).toEqual([])
      expect(await membership.ofAccount(owner.accountId)).toEqual([])
    })
  })
}

function member(projectId: string) {
  return { projectId, accountId: randomUUID(), role: 'owner' as const, hidden: false, sinceMs: 1 }
}
