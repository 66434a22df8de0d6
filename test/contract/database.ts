import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { AccountRow } from '../../src/database/port/accounts.ts'
import type { Database } from '../../src/database/port/database.ts'
import type { MemberRow } from '../../src/database/port/membership.ts'

/** What every database must do. `open` answers one that may be empty or not: the tests use ids of their own. */
export function databaseContract(name: string, open: () => Promise<Database>): void {
  describe(`the database of ${name}`, () => {
    let database: Database
    beforeAll(async () => {
      database = await open()
    })
    afterAll(async () => {
      await database[Symbol.asyncDispose]()
    })
    const get = () => database

    accountsContract(get)
    sessionsContract(get)
    projectsContract(get)
    membershipContract(get)
    invitationsContract(get)
    blobsContract(get)
    mailContract(get)
    activityContract(get)

    it('answers a ping', async () => {
      await database.ping()
    })
  })
}

function account(): AccountRow {
  const accountId = randomUUID()
  return {
    accountId,
    name: `Åsa ${accountId}`,
    email: `${accountId}@Example.org`,
    emailVerified: false,
    admin: false,
    settings: '{}',
    passwordHash: '$argon2id$x',
    passwordChangedMs: 1,
    createdMs: 2,
  }
}

function accountsContract(database: () => Database): void {
  it('keeps an account, changes only what it is told to, and creates it once', async () => {
    const { accounts } = database()
    const row = account()
    await accounts.create(row)
    await accounts.create({ ...row, name: 'again' })
    expect(await accounts.get(row.accountId)).toEqual(row)
    await accounts.update(row.accountId, { emailVerified: true, admin: true })
    await accounts.update(row.accountId, {})
    const changed = { ...row, emailVerified: true, admin: true }
    expect(await accounts.get(row.accountId)).toEqual(changed)
    await accounts.update(randomUUID(), { name: 'nobody' })
    expect(await accounts.get(randomUUID())).toBeUndefined()
    expect(await accounts.getMany([randomUUID(), row.accountId])).toEqual([changed])
    expect(await accounts.search(row.email.toUpperCase(), 5)).toEqual([changed])
    expect(await accounts.search(`${row.accountId}%`, 5)).toEqual([])
    expect(await accounts.count()).toBeGreaterThan(0)
  })

  it('gives a unique fact to the first of many who claim it at the same time', async () => {
    const { claims } = database()
    const name = `${randomUUID()}@example.org`
    const owners = Array.from({ length: 20 }, () => randomUUID())
    const held = new Set(
      await Promise.all(owners.map((owner) => claims.claim('email', name, owner))),
    )
    expect(held.size).toBe(1)
    const [winner] = [...held]
    expect(await claims.ownerOf('email', name)).toBe(winner)
    await claims.release('email', name, owners.find((owner) => owner !== winner) ?? '')
    expect(await claims.ownerOf('email', name)).toBe(winner)
    await claims.release('email', name, winner ?? '')
    expect(await claims.ownerOf('email', name)).toBeUndefined()
    expect(await claims.claim('first_account', name, 'other kind')).toBe('other kind')
  })
}

function sessionsContract(database: () => Database): void {
  it('finds sessions by token and by account, newest first, and ends them', async () => {
    const { sessions } = database()
    const accountId = randomUUID()
    const session = (createdMs: number) => ({
      sessionId: randomUUID(),
      accountId,
      tokenHash: randomUUID(),
      createdMs,
      lastUsedMs: createdMs,
      endsMs: createdMs + 1000,
      browser: 'Firefox',
      address: '::1',
    })
    const old = session(10)
    const recent = session(20)
    await sessions.create(old)
    await sessions.create(recent)
    expect(await sessions.ofAccount(accountId)).toEqual([recent, old])
    await sessions.touch(old, { lastUsedMs: 30, address: '10.0.0.1' })
    const touched = { ...old, lastUsedMs: 30, address: '10.0.0.1' }
    expect(await sessions.byToken(old.tokenHash)).toEqual(touched)
    await sessions.remove([touched])
    expect(await sessions.byToken(old.tokenHash)).toBeUndefined()
    await sessions.touch(old, { lastUsedMs: 40, address: '' })
    await sessions.removeEnded(1021)
    expect(await sessions.ofAccount(accountId)).toEqual([])
  })

  it('hands a single-use token out to one of many who take it', async () => {
    const { tokens } = database()
    const row = {
      purpose: 'reset_password',
      tokenHash: randomUUID(),
      createdMs: 1,
      expiresMs: 10,
      data: '{"a":1}',
    } as const
    await tokens.create(row)
    expect(await tokens.take('verify_email', row.tokenHash)).toBeUndefined()
    expect(await tokens.get('reset_password', row.tokenHash)).toEqual(row)
    const taken = await Promise.all(
      Array.from({ length: 10 }, () => tokens.take('reset_password', row.tokenHash)),
    )
    expect(taken.filter((one) => one !== undefined)).toEqual([row])
    await tokens.create(row)
    await tokens.removeExpired(11)
    expect(await tokens.get('reset_password', row.tokenHash)).toBeUndefined()
  })
}

function projectsContract(database: () => Database): void {
  it('keeps a project, deletes, undeletes and purges it', async () => {
    const { projects } = database()
    const row = {
      projectId: randomUUID(),
      title: 'Calculus "1"',
      description: '',
      createdMs: 1,
      lastUsedMs: 1,
      deletedMs: undefined,
    }
    await projects.create(row)
    await projects.update(row.projectId, { deletedMs: 5, lastUsedMs: 4 })
    expect(await projects.get(row.projectId)).toEqual({ ...row, deletedMs: 5, lastUsedMs: 4 })
    await projects.update(row.projectId, { deletedMs: undefined })
    expect(await projects.getMany([row.projectId])).toEqual([{ ...row, lastUsedMs: 4 }])
    await projects.purge(row.projectId)
    expect(await projects.get(row.projectId)).toBeUndefined()
  })

  it('moves a project only for who knows the epoch that holds', async () => {
    const { locations } = database()
    const projectId = randomUUID()
    const at = (host: string, epoch: number) => ({ projectId, host, epoch, renewedMs: 0 })
    expect(await locations.get(projectId)).toBeUndefined()
    expect(await locations.claim(at('a', 1), undefined)).toEqual(at('a', 1))
    expect(await locations.claim(at('b', 1), undefined)).toEqual(at('a', 1))
    expect(await locations.claim(at('b', 2), 1)).toEqual(at('b', 2))
    expect(await locations.claim(at('c', 2), 1)).toEqual(at('b', 2))
    expect(await locations.get(projectId)).toEqual(at('b', 2))
  })

  it('renews the lease of a host for its holder alone, and gives it up to one taker', async () => {
    const { leases } = database()
    const host = randomUUID()
    const first = { host, epoch: 1, holder: 'first', beat: 'a', termMs: 1000 }
    expect(await leases.get(host)).toBeUndefined()
    expect(await leases.renew(first)).toBeUndefined()
    expect(await leases.take(first, undefined)).toEqual(first)
    expect(await leases.take({ ...first, holder: 'second' }, undefined)).toEqual(first)
    expect(await leases.renew({ ...first, beat: 'b' })).toEqual({ ...first, beat: 'b' })
    const stranger = { ...first, holder: 'second', beat: 'c' }
    expect(await leases.renew(stranger)).toEqual({ ...first, beat: 'b' })
    // Whoever looked before the renewal is too late.
    const broken = { ...first, epoch: 2, holder: '', beat: 'd' }
    expect(await leases.take(broken, first)).toEqual({ ...first, beat: 'b' })
    expect(await leases.take(broken, { epoch: 1, beat: 'b' })).toEqual(broken)
    expect(await leases.renew({ ...first, beat: 'e' })).toEqual(broken)
    expect(await leases.get(host)).toEqual(broken)
  })

  it('gives a lease to one of many that take it at once', async () => {
    const { leases } = database()
    const host = randomUUID()
    const names = ['a', 'b', 'c', 'd', 'e']
    const rows = await Promise.all(
      names.map((name) =>
        leases.take({ host, epoch: 1, holder: name, beat: name, termMs: 1000 }, undefined),
      ),
    )
    expect(new Set(rows.map(({ holder }) => holder)).size).toBe(1)
    expect(await leases.get(host)).toEqual(rows[0])
  })
}

function membershipContract(database: () => Database): void {
  const member = (projectId: string, role: MemberRow['role']): MemberRow => ({
    projectId,
    accountId: randomUUID(),
    role,
    hidden: false,
    sinceMs: 1,
  })

  it('changes both sides of the membership together', async () => {
    const { membership } = database()
    const projectId = randomUUID()
    expect(await membership.ofProject(projectId)).toEqual({ version: 0, members: [] })
    const owner = member(projectId, 'owner')
    const viewer = { ...member(projectId, 'viewer'), sinceMs: 2 }
    const put = [owner, viewer].map((one) => ({ kind: 'put' as const, member: one }))
    expect(await membership.change(projectId, 0, put)).toBe('changed')
    const { version, members } = await membership.ofProject(projectId)
    expect(members).toEqual([owner, viewer])
    expect(await membership.ofAccount(viewer.accountId)).toEqual([viewer])
    await membership.setHidden(projectId, viewer.accountId, true)
    expect(await membership.of(projectId, viewer.accountId)).toEqual({ ...viewer, hidden: true })
    const remove = [{ kind: 'remove' as const, accountId: viewer.accountId }]
    expect(await membership.change(projectId, version, remove)).toBe('changed')
    expect(await membership.of(projectId, viewer.accountId)).toBeUndefined()
    expect(await membership.ofAccount(viewer.accountId)).toEqual([])
  })

  it('refuses a change that was decided on an older version, and then changes nothing', async () => {
    const { membership } = database()
    const projectId = randomUUID()
    const owners = [member(projectId, 'owner'), member(projectId, 'owner')]
    const put = owners.map((one) => ({ kind: 'put' as const, member: one }))
    await membership.change(projectId, 0, put)
    expect(await membership.change(projectId, 0, put)).toBe('conflict')
    const { version } = await membership.ofProject(projectId)
    const leave = owners.map(({ accountId }) =>
      membership.change(projectId, version, [{ kind: 'remove', accountId }]),
    )
    expect((await Promise.all(leave)).toSorted()).toEqual(['changed', 'conflict'])
    expect((await membership.ofProject(projectId)).members).toHaveLength(1)
  })
}

function invitationsContract(database: () => Database): void {
  it('finds an invitation by project and by address in any case, and gives it to one', async () => {
    const { invitations } = database()
    const row = {
      invitationId: randomUUID(),
      projectId: randomUUID(),
      email: `Ana-${randomUUID()}@example.org`,
      role: 'viewer' as const,
      inviterId: randomUUID(),
      createdMs: 1,
      expiresMs: 2,
    }
    const site = { ...row, invitationId: randomUUID(), projectId: undefined, createdMs: 3 }
    await invitations.create(row)
    await invitations.create(site)
    expect(await invitations.ofProject(row.projectId)).toEqual([row])
    expect(await invitations.ofEmail(row.email.toUpperCase())).toEqual([site, row])
    const taken = await Promise.all([1, 2, 3].map(() => invitations.take(row.invitationId)))
    expect(taken.filter((one) => one !== undefined)).toEqual([row])
    expect(await invitations.get(row.invitationId)).toBeUndefined()
  })
}

function blobsContract(database: () => Database): void {
  const NOW = 1_000_000_000
  const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const parts: Uint8Array[] = []
    for await (const chunk of chunks) parts.push(chunk)
    return Buffer.concat(parts)
  }

  it('keeps a blob of several chunks whole, once', async () => {
    const { blobs } = database()
    const content = Buffer.alloc(700_000, 'salvus')
    const row = {
      sha256: randomUUID(),
      contentType: 'image/png',
      sizeBytes: content.length,
      createdMs: NOW,
    }
    await blobs.put(row, content)
    await blobs.put(row, content)
    expect(await blobs.get(row.sha256)).toEqual(row)
    expect((await collect(blobs.read(row.sha256))).equals(content)).toBe(true)
    expect(await blobs.get('absent')).toBeUndefined()
  })

  it('lets a blob go when the last hold has ended, and never makes a hold shorter', async () => {
    const { blobs } = database()
    const [a, b] = [randomUUID(), randomUUID()]
    const row = { sha256: randomUUID(), contentType: 'x/y', sizeBytes: 1, createdMs: NOW }
    await blobs.put(row, Buffer.from('x'))
    await blobs.hold(a, row.sha256, NOW + 5000)
    await blobs.hold(a, row.sha256, NOW + 10)
    await blobs.hold(b, row.sha256, undefined)
    await blobs.hold(b, row.sha256, NOW + 10)
    expect((await blobs.holders(row.sha256)).toSorted()).toEqual([a, b].toSorted())
    await blobs.removeExpired(NOW + 100)
    expect(await blobs.isHeldBy(a, row.sha256)).toBe(true)
    await blobs.removeExpired(NOW + 6000)
    expect(await blobs.holders(row.sha256)).toEqual([b])
    await database().projects.purge(b)
    await blobs.removeExpired(NOW + 100_000)
    expect(await blobs.get(row.sha256)).toBeUndefined()
  })
}

function mailContract(database: () => Database): void {
  it('keeps mails and help requests with their state', async () => {
    const { mail, help } = database()
    const accountId = randomUUID()
    const row = {
      mailId: randomUUID(),
      createdMs: 50,
      to: 'help@example.org',
      replyTo: undefined,
      subject: 'S',
      text: 'T',
      state: 'waiting' as const,
      attempts: 0,
      helpRequestId: undefined,
    }
    await mail.put(row)
    await mail.put({ ...row, state: 'kept', attempts: 2 })
    expect(await mail.get(row.mailId)).toEqual({ ...row, state: 'kept', attempts: 2 })
    expect(await mail.list('kept', 1000)).toContainEqual({ ...row, state: 'kept', attempts: 2 })
    await mail.put({ ...row, state: 'sent' })
    await mail.removeSent(51)
    expect(await mail.get(row.mailId)).toBeUndefined()

    const request = (createdMs: number) => ({
      helpRequestId: randomUUID(),
      createdMs,
      accountId,
      subject: 'S',
      text: 'T',
      attachments: '{}',
      fromName: 'A',
      fromEmail: 'a@example.org',
      state: 'waiting' as const,
    })
    const [first, second] = [request(1), request(2)]
    await help.put(first)
    await help.put(second)
    await help.put({ ...first, state: 'sent' })
    expect(await help.ofAccount(accountId, 10)).toEqual([second, { ...first, state: 'sent' }])
    expect(await help.list(1000)).toContainEqual(second)
  })

  it('answers what is due, the earliest first, with one time for each thing', async () => {
    const { due } = database()
    const [a, b] = [randomUUID(), randomUUID()]
    await due.put({ kind: 'purge_project', id: a, dueMs: 9 })
    await due.put({ kind: 'purge_project', id: b, dueMs: 5 })
    await due.put({ kind: 'purge_project', id: a, dueMs: 3 })
    const mine = (await due.next('purge_project', 100)).filter(({ id }) => id === a || id === b)
    expect(mine).toEqual([
      { kind: 'purge_project', id: a, dueMs: 3 },
      { kind: 'purge_project', id: b, dueMs: 5 },
    ])
    await due.remove('purge_project', a)
    await due.remove('purge_project', b)
    expect(await due.next('send_mail', 100)).not.toContainEqual(expect.objectContaining({ id: a }))
  })
}

function activityContract(database: () => Database): void {
  it('counts attempts within a window, no further than asked', async () => {
    const { attempts } = database()
    const key = randomUUID()
    const record = (attemptId: string, timeMs: number) =>
      attempts.record({ key, attemptId, timeMs, expiresMs: timeMs + 100 })
    await Promise.all(['a', 'b', 'c'].map((id, index) => record(id, 10 + index)))
    await record('a', 10)
    expect(await attempts.count(key, 0, 100)).toBe(3)
    expect(await attempts.count(key, 11, 100)).toBe(2)
    expect(await attempts.count(key, 0, 2)).toBe(2)
    await attempts.forget(key)
    expect(await attempts.count(key, 0, 100)).toBe(0)
  })

  it('keeps the use of files and the minutes of each hub, newest first', async () => {
    const { fileUse, statistics } = database()
    const projectId = randomUUID()
    const use = (timeMs: number) => ({
      projectId,
      accountId: randomUUID(),
      path: 'a b/ü.sagews',
      action: 'edit' as const,
      timeMs,
    })
    const [old, recent] = [use(1), use(2)]
    await fileUse.record(old)
    await fileUse.record(recent)
    expect(await fileUse.ofProject(projectId, 10)).toEqual([recent, old])

    const hubId = randomUUID()
    const minute = { timeMs: 60_000, hubId, clients: 2, projectsRunning: 1 }
    await statistics.put(minute)
    await statistics.put({ ...minute, clients: 3 })
    expect(await statistics.since(60_000)).toContainEqual({ ...minute, clients: 3 })
  })
}
