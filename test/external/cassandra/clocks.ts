import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { CassandraAddress } from '../../../src/database/cassandra/client-options.ts'
import { openCassandra } from '../../../src/database/cassandra/open-cassandra.ts'
import type { Database } from '../../../src/database/port/database.ts'
import { accountRow } from '../../support/account-row.ts'

const TEN_MINUTES_MS = 10 * 60_000

/** What a hub wrote whose clock is ahead must not overrule what others write afterwards. */
export function clockTests(
  prepare: () => Promise<CassandraAddress & { readonly keyspace: string }>,
): void {
  describe('a hub whose clock is ten minutes ahead', () => {
    let database: Database
    beforeAll(async () => {
      database = await openCassandra(await prepare())
    })
    afterAll(async () => {
      await database[Symbol.asyncDispose]()
    })

    it('changes an account and a project, and others change them afterwards', async () => {
      const { accounts, projects } = database
      const [accountId, projectId] = [randomUUID(), randomUUID()]
      await accounts.create(accountRow(accountId))
      await projects.create(project(projectId))
      await ahead(async () => {
        await accounts.update(accountId, { name: 'fast', passwordHash: 'fast' })
        await projects.update(projectId, { title: 'fast', deletedMs: 5 })
      })
      await accounts.update(accountId, { name: 'later' })
      await projects.update(projectId, { title: 'later', deletedMs: undefined })
      expect(await accounts.get(accountId)).toMatchObject({ name: 'later', passwordHash: 'fast' })
      expect(await accounts.search('later', 1000)).toContainEqual(
        expect.objectContaining({ accountId }),
      )
      expect(await projects.get(projectId)).toMatchObject({ title: 'later', deletedMs: undefined })
      await ahead(() => projects.update(projectId, { deletedMs: undefined }))
      await projects.update(projectId, { deletedMs: 9 })
      expect(await projects.get(projectId)).toMatchObject({ deletedMs: 9 })
      await projects.purge(projectId)
      expect(await projects.get(projectId)).toBeUndefined()
    })

    it('begins and touches a session, and others end it', async () => {
      const { sessions } = database
      const accountId = randomUUID()
      const row = await ahead(async () => {
        const nowMs = Date.now()
        const times = { createdMs: nowMs, lastUsedMs: nowMs, endsMs: nowMs + 3_600_000 }
        const facts = { sessionId: 's', tokenHash: randomUUID(), browser: '', address: '' }
        await sessions.create({ ...facts, ...times, accountId })
        await sessions.touch({ ...facts, ...times, accountId }, { lastUsedMs: nowMs, address: 'x' })
        return { ...facts, ...times, accountId }
      })
      await sessions.remove([row])
      expect(await sessions.byToken(row.tokenHash)).toBeUndefined()
      expect(await sessions.ofAccount(accountId)).toEqual([])
    })

    it('hides a project and makes somebody a member, and others take that back', async () => {
      const { membership } = database
      const [projectId, accountId] = [randomUUID(), randomUUID()]
      const member = { projectId, accountId, role: 'owner' as const, hidden: false, sinceMs: 1 }
      await ahead(() => membership.change(projectId, 0, [{ kind: 'put', member }]))
      await ahead(() => membership.setHidden(projectId, accountId, true))
      await membership.setHidden(projectId, accountId, false)
      expect(await membership.ofAccount(accountId)).toEqual([member])
      await ahead(() =>
        membership.change(projectId, 1, [{ kind: 'put', member: { ...member, role: 'viewer' } }]),
      )
      await membership.change(projectId, 2, [{ kind: 'remove', accountId }])
      expect(await membership.ofAccount(accountId)).toEqual([])
      expect(await membership.of(projectId, accountId)).toBeUndefined()
    })

    it('schedules something and puts a mail aside, and others do the opposite', async () => {
      const { due, mail } = database
      const id = randomUUID()
      const dueMs = Date.now() + 1000
      await ahead(() => due.put({ kind: 'send_mail', id, dueMs }))
      await due.remove('send_mail', id)
      expect((await due.next('send_mail', 1000)).filter((row) => row.id === id)).toEqual([])
      await ahead(() => due.remove('send_mail', id))
      await due.put({ kind: 'send_mail', id, dueMs })
      expect((await due.next('send_mail', 1000)).filter((row) => row.id === id)).toHaveLength(1)
      const letter = { mailId: id, createdMs: Date.now(), to: 'a@b.c', replyTo: undefined }
      const rest = { subject: '', text: '', attempts: 0, helpRequestId: undefined }
      await ahead(() => mail.put({ ...letter, ...rest, state: 'kept' }))
      await mail.put({ ...letter, ...rest, state: 'waiting' })
      expect(await mail.get(id)).toMatchObject({ state: 'waiting' })
      expect((await mail.list('kept', 1000)).filter((row) => row.mailId === id)).toEqual([])
    })
  })
}

async function ahead<T>(work: () => Promise<T>): Promise<T> {
  const now = Date.now.bind(Date)
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + TEN_MINUTES_MS)
  try {
    return await work()
  } finally {
    clock.mockRestore()
  }
}

function project(projectId: string) {
  const nowMs = Date.now()
  const times = { createdMs: nowMs, lastUsedMs: nowMs, deletedMs: undefined }
  return { projectId, title: '', description: '', ...times }
}
