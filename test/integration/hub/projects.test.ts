import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientToHub } from '../../../src/messages/client-to-hub.ts'
import { TestHub } from '../../support/test-hub.ts'
import type { TestAccount } from '../../support/test-hub.ts'
import type { TestBrowser } from '../../support/test-relay.ts'

describe('projects', () => {
  let hub: TestHub
  let ana: TestAccount
  let ben: TestAccount
  beforeAll(async () => {
    hub = await TestHub.start()
    ana = await hub.person('Ana')
    ben = await hub.person('Ben')
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  async function create(socket: TestBrowser, title = 'Calculus'): Promise<string> {
    const { project } = await socket.request(0, 'create_project', { title })
    return (project as { projectId: string }).projectId
  }

  async function join(owner: TestBrowser, projectId: string, role: string) {
    const { invitation } = await owner.request(0, 'invite', {
      projectId,
      email: 'x@example.org',
      role,
    })
    const token = (invitation as { link: string }).link.split('#token=')[1]
    return { token }
  }

  it('tells every member at once of every change, in numbered pushes', async () => {
    const [a, b] = [await hub.browser(ana), await hub.browser(ben)]
    const first = await a.request(0, 'watch_projects')
    expect(await b.request(0, 'watch_projects')).toMatchObject({ seq: 0, projects: [] })
    const projectId = await create(a)
    const { token } = await join(a, projectId, 'editor')
    expect(await b.request(0, 'accept_invitation', { token })).toMatchObject({ projectId })
    await b.until(() => b.notice('project_changed') !== undefined)
    expect(b.notice('project_changed')).toMatchObject({ project: { projectId, role: 'editor' } })
    await b.request(0, 'update_project', { projectId, title: 'Analysis' })
    const titled = () =>
      a.messages.find(({ message }) => JSON.stringify(message).includes('"title":"Analysis"'))
    await a.until(() => titled() !== undefined)
    expect(titled()?.message).toMatchObject({
      project: { members: [{ role: 'owner' }, { name: 'Ben', role: 'editor' }] },
    })
    const seqs = a.messages.map(({ message }) => message['seq']).filter((seq) => seq !== undefined)
    expect(seqs.slice(1)).toEqual(
      seqs.slice(1).map((_seq, index) => Number(first['seq']) + index + 1),
    )
    await a.request(0, 'remove_member', { projectId, accountId: ben.accountId })
    await b.until(() => b.notice('project_removed') !== undefined)
    expect(b.notice('project_removed')).toMatchObject({ projectId })
  })

  it('an invitation is for one, but its link leads who used it there again', async () => {
    const [a, b] = [await hub.browser(ana), await hub.browser(ben)]
    const projectId = await create(a)
    const { token } = await join(a, projectId, 'viewer')
    expect(await hub.post('show_invitation', { token })).toMatchObject({
      body: { projectTitle: 'Calculus', inviterName: 'Ana', role: 'viewer' },
    })
    await b.request(0, 'accept_invitation', { token })
    expect(await b.request(0, 'accept_invitation', { token })).toMatchObject({ projectId })
    const third = await hub.browser(await hub.person('Cai'))
    expect(await third.request(0, 'accept_invitation', { token })).toMatchObject({
      code: 'token_invalid',
    })
    const forged = `${String(token).split('.')[0]}.${'A'.repeat(43)}`
    expect(await third.request(0, 'accept_invitation', { token: forged })).toMatchObject({
      code: 'token_invalid',
    })
  })

  it('an invitation that was revoked or is older than 30 days is worth nothing', async () => {
    await using own = await TestHub.start()
    const a = await own.browser(await own.admin())
    const b = await own.browser(await own.person('Bob'))
    const projectId = await create(a)
    const { token } = await join(a, projectId, 'viewer')
    const { invitations } = await a.request(0, 'list_invitations', { projectId })
    const [{ invitationId }] = invitations as [{ invitationId: string }]
    await a.request(0, 'revoke_invitation', { projectId, invitationId })
    expect(await b.request(0, 'accept_invitation', { token })).toMatchObject({
      code: 'token_invalid',
    })
    const late = await join(a, projectId, 'viewer')
    own.advance(31 * 24 * 3_600_000)
    expect(await b.request(0, 'accept_invitation', late)).toMatchObject({ code: 'token_invalid' })
  })

  it('is not accepted by id with an address that is not verified', async () => {
    const [a, b] = [await hub.browser(ana), await hub.browser(ben)]
    const projectId = await create(a)
    const { invitation } = await a.request(0, 'invite', {
      projectId,
      email: ben.email,
      role: 'viewer',
    })
    const { invitationId } = invitation as { invitationId: string }
    expect(await b.request(0, 'accept_invitation', { invitationId })).toMatchObject({
      code: 'forbidden',
    })
    await hub.hub.context.database.accounts.update(ben.accountId, { emailVerified: true })
    const verified = await hub.browser(ben)
    expect(await verified.request(0, 'accept_invitation', { invitationId })).toMatchObject({
      projectId,
    })
  })

  it('an editor makes no owner, and removes nobody', async () => {
    const [a, b] = [await hub.browser(ana), await hub.browser(ben)]
    const projectId = await create(a)
    await b.request(0, 'accept_invitation', await join(a, projectId, 'editor'))
    const invite = { projectId, email: 'new@example.org' }
    expect(await b.request(0, 'invite', { ...invite, role: 'owner' })).toMatchObject({
      code: 'forbidden',
    })
    expect(await b.request(0, 'invite', { ...invite, role: 'editor' })).toMatchObject({
      mailed: false,
    })
    const self = { projectId, accountId: ben.accountId }
    expect(await b.request(0, 'set_role', { ...self, role: 'owner' })).toMatchObject({
      code: 'forbidden',
    })
    expect(
      await b.request(0, 'remove_member', { projectId, accountId: ana.accountId }),
    ).toMatchObject({
      code: 'forbidden',
    })
  })

  it('always has an owner, also when two leave at the same moment', async () => {
    const [a, b] = [await hub.browser(ana), await hub.browser(ben)]
    const projectId = await create(a)
    const self = { projectId, accountId: ana.accountId }
    expect(await a.request(0, 'leave_project', { projectId })).toMatchObject({ code: 'conflict' })
    expect(await a.request(0, 'set_role', { ...self, role: 'viewer' })).toMatchObject({
      code: 'conflict',
    })
    await b.request(0, 'accept_invitation', await join(a, projectId, 'owner'))
    const left = await Promise.all(
      [a, b].map((one) => one.request(0, 'leave_project', { projectId })),
    )
    expect(left.map(({ event }) => event).toSorted()).toEqual(['answer', 'error'])
  })

  it('waits in the trash for 30 days, and is purged then', async () => {
    await using own = await TestHub.start()
    const a = await own.browser(await own.admin())
    const projectId = await create(a)
    await a.request(0, 'delete_project', { projectId })
    expect(await a.request(0, 'update_project', { projectId, title: 'x' })).toMatchObject({
      code: 'not_found',
    })
    expect(await a.request(0, 'open_project', { projectId })).toMatchObject({ code: 'not_found' })
    expect(await a.request(0, 'undelete_project', { projectId })).toMatchObject({
      project: { projectId },
    })
    const { due } = own.hub.context.database
    expect(await due.next('purge_project', 5)).toEqual([])
    await a.request(0, 'delete_project', { projectId })
    const [row] = await due.next('purge_project', 5)
    expect((row?.dueMs ?? 0) - Date.now()).toBeGreaterThan(29 * 24 * 3_600_000)
  })

  it('each request about a project is refused to everybody below its role', async () => {
    const owner = await hub.browser(ana)
    const projectId = await create(owner)
    const people: Record<string, TestBrowser> = { nobody: await hub.browser() }
    people['stranger'] = await hub.browser(await hub.person('Str'))
    for (const role of ['viewer', 'editor'] as const) {
      const socket = await hub.browser(await hub.person(role))
      await socket.request(0, 'accept_invitation', await join(owner, projectId, role))
      people[role] = socket
    }
    const rank = ['nobody', 'stranger', 'viewer', 'editor', 'owner']
    const bodies: Record<string, object> = {
      hide_project: { hidden: true },
      invite: { email: 'z@example.org', role: 'viewer' },
      revoke_invitation: { invitationId: crypto.randomUUID() },
      set_role: { accountId: crypto.randomUUID(), role: 'viewer' },
      remove_member: { accountId: crypto.randomUUID() },
    }
    let checked = 0
    for (const [event, { authorization }] of Object.entries(clientToHub)) {
      for (const [who, socket] of Object.entries(people)) {
        const isBelow =
          authorization === 'account' || authorization === 'admin'
            ? who === 'nobody'
            : rank.indexOf(who) < rank.indexOf(authorization)
        if (!isBelow || authorization === 'public') continue
        const known = rank.includes(authorization)
        const answer = await socket.request(0, event, { projectId, ...bodies[event] })
        // Requests of other areas have bodies of their own, which are looked at before the right.
        const codes = known
          ? ['not_signed_in', 'not_found', 'forbidden']
          : ['not_signed_in', 'bad_message']
        expect(codes, `${event} as ${who}: ${JSON.stringify(answer)}`).toContain(answer['code'])
        checked++
      }
    }
    expect(checked).toBeGreaterThan(40)
  })
})
