import { randomUUID } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { AccountRow } from '../../src/database/port/accounts.ts'
import type { Database } from '../../src/database/port/database.ts'
import type { MemberRow } from '../../src/database/port/membership.ts'
import { activityContract, blobsContract, mailContract } from './database-content.ts'

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

const DAY_MS = 24 * 60 * 60_000

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
      (await Promise.all(owners.map((owner) => claims.claim('email', name, owner, 7)))).map(
        (claim) => claim.owner,
      ),
    )
    expect(held.size).toBe(1)
    const [winner = ''] = [...held]
    expect(await claims.get('email', name)).toEqual({ owner: winner, claimedMs: 7 })
    expect(await claims.claim('email', name, winner, 8)).toEqual({ owner: winner, claimedMs: 7 })
    await claims.release('email', name, owners.find((owner) => owner !== winner) ?? '')
    expect(await claims.get('email', name)).toMatchObject({ owner: winner })
    await claims.release('email', name, winner)
    expect(await claims.get('email', name)).toBeUndefined()
    const other = { owner: 'other kind', claimedMs: 9 }
    expect(await claims.claim('first_account', name, other.owner, 9)).toEqual(other)
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
      endsMs: createdMs + DAY_MS,
      browser: 'Firefox',
      address: '::1',
    })
    const nowMs = Date.now()
    const old = session(nowMs - 20)
    const recent = session(nowMs - 10)
    await sessions.create(old)
    await sessions.create(recent)
    expect(await sessions.ofAccount(accountId)).toEqual([recent, old])
    await sessions.touch(old, { lastUsedMs: nowMs, address: '10.0.0.1' })
    const touched = { ...old, lastUsedMs: nowMs, address: '10.0.0.1' }
    expect(await sessions.byToken(old.tokenHash)).toEqual(touched)
    await sessions.remove([touched])
    expect(await sessions.byToken(old.tokenHash)).toBeUndefined()
    await sessions.touch(old, { lastUsedMs: nowMs + 1, address: '' })
    expect(await sessions.byToken(old.tokenHash)).toBeUndefined()
    await sessions.removeEnded(nowMs)
    expect(await sessions.ofAccount(accountId)).toEqual([recent])
  })

  it('hands a single-use token out to one of many who take it', async () => {
    const { tokens } = database()
    const row = {
      purpose: 'reset_password',
      tokenHash: randomUUID(),
      createdMs: Date.now(),
      expiresMs: Date.now() + DAY_MS,
      data: '{"a":1}',
    } as const
    await tokens.create(row)
    expect(await tokens.take('verify_email', row.tokenHash)).toBeUndefined()
    expect(await tokens.get('reset_password', row.tokenHash)).toEqual(row)
    const taken = await Promise.all(
      Array.from({ length: 10 }, () => tokens.take('reset_password', row.tokenHash)),
    )
    expect(taken.filter((one) => one !== undefined)).toEqual([row])
    expect(await tokens.get('reset_password', row.tokenHash)).toBeUndefined()
    const other = { ...row, tokenHash: randomUUID() }
    await tokens.create(other)
    await tokens.removeExpired(Date.now())
    expect(await tokens.get('reset_password', other.tokenHash)).toEqual(other)
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
    await projects.update(row.projectId, { title: 'late' })
    expect(await projects.get(row.projectId)).toBeUndefined()
  })

  it('takes with a project its members, its invitations and where it was', async () => {
    const { projects, membership, invitations, locations } = database()
    const projectId = randomUUID()
    const accountId = randomUUID()
    const facts = { title: '', description: '', createdMs: 1, lastUsedMs: 1, deletedMs: undefined }
    await projects.create({ projectId, ...facts })
    const member = { projectId, accountId, role: 'owner' as const, hidden: false, sinceMs: 1 }
    await membership.change(projectId, 0, [{ kind: 'put', member }])
    await invitations.create({
      invitationId: randomUUID(),
      projectId,
      email: `${accountId}@example.org`,
      role: 'viewer',
      inviterId: accountId,
      createdMs: 1,
      expiresMs: Date.now() + DAY_MS,
    })
    await locations.claim({ projectId, host: 'a', epoch: 1, renewedMs: 0 }, undefined)
    await projects.purge(projectId)
    await projects.purge(projectId)
    expect((await membership.ofProject(projectId)).members).toEqual([])
    expect(await membership.ofAccount(accountId)).toEqual([])
    expect(await invitations.ofProject(projectId)).toEqual([])
    expect(await invitations.ofEmail(`${accountId}@example.org`)).toEqual([])
    expect(await locations.get(projectId)).toBeUndefined()
  })

  it('gives a project to one of many hosts that claim it at once', async () => {
    const { locations } = database()
    const projectId = randomUUID()
    const hosts = ['a', 'b', 'c', 'd', 'e']
    const claim = (epoch: number, expected: number | undefined) =>
      Promise.all(
        hosts.map((host) => locations.claim({ projectId, host, epoch, renewedMs: 0 }, expected)),
      )
    for (const [epoch, expected] of [
      [1, undefined],
      [2, 1],
    ] as const) {
      const rows = await claim(epoch, expected)
      expect(new Set(rows.map(({ host }) => host)).size).toBe(1)
      expect(await locations.get(projectId)).toEqual(rows[0])
    }
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
    expect(await membership.ofAccount(viewer.accountId)).toEqual([{ ...viewer, hidden: true }])
    const promoted = { ...viewer, role: 'editor' as const, hidden: true }
    const promote = [{ kind: 'put' as const, member: promoted }]
    expect(await membership.change(projectId, version, promote)).toBe('changed')
    expect(await membership.ofProject(projectId)).toMatchObject({ members: [owner, promoted] })
    expect(await membership.ofAccount(viewer.accountId)).toEqual([promoted])
    const remove = [{ kind: 'remove' as const, accountId: viewer.accountId }]
    expect(await membership.change(projectId, version + 1, remove)).toBe('changed')
    expect(await membership.of(projectId, viewer.accountId)).toBeUndefined()
    expect(await membership.ofAccount(viewer.accountId)).toEqual([])
    await membership.setHidden(projectId, viewer.accountId, true)
    expect(await membership.ofAccount(viewer.accountId)).toEqual([])
    await membership.change(projectId, version + 2, [{ kind: 'put', member: viewer }])
    expect(await membership.ofAccount(viewer.accountId)).toEqual([viewer])
    expect(await membership.of(projectId, viewer.accountId)).toEqual(viewer)
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
      expiresMs: Date.now() + DAY_MS,
    }
    const site = { ...row, invitationId: randomUUID(), projectId: undefined, createdMs: 3 }
    await invitations.create(row)
    await invitations.create(site)
    expect(await invitations.ofProject(row.projectId)).toEqual([row])
    expect(await invitations.ofEmail(row.email.toUpperCase())).toEqual([site, row])
    const taken = await Promise.all([1, 2, 3].map(() => invitations.take(row.invitationId)))
    expect(taken.filter((one) => one !== undefined)).toEqual([row])
    expect(await invitations.get(row.invitationId)).toBeUndefined()
    expect(await invitations.ofEmail(row.email)).toEqual([site])
    expect(await invitations.ofProject(row.projectId)).toEqual([])
  })
}
