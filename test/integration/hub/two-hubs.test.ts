import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Gate } from '../../support/gate.ts'
import { hasNatsServer, WITHOUT_NATS } from '../../support/nats-server.ts'
import type { TestAccount, TestHub } from '../../support/test-hub.ts'
import type { TestBrowser } from '../../support/test-relay.ts'
import { startTwoHubs } from '../../support/two-hubs.ts'
import type { TwoHubs } from '../../support/two-hubs.ts'
import { until } from '../../support/until.ts'

const LOADED_MS = 120_000

describe.skipIf(!hasNatsServer)(`two hubs${WITHOUT_NATS}`, { timeout: LOADED_MS }, () => {
  let hubs: TwoHubs
  let ana: TestAccount
  let ben: TestAccount
  beforeAll(async () => {
    hubs = await startTwoHubs()
    ana = await hubs.one.person('Ana')
    ben = await hubs.one.person('Ben')
  }, LOADED_MS)
  afterAll(() => hubs[Symbol.asyncDispose]())

  async function create(socket: TestBrowser, title: string): Promise<string> {
    const { project } = await socket.request(0, 'create_project', { title })
    return (project as { projectId: string }).projectId
  }

  async function share(owner: TestBrowser, other: TestBrowser, projectId: string): Promise<void> {
    const { invitation } = await owner.request(0, 'invite', {
      ...{ projectId, email: 'x@example.org', role: 'editor' },
    })
    const token = (invitation as { link: string }).link.split('#token=')[1]
    await other.request(0, 'accept_invitation', { token })
  }

  const titles = (socket: TestBrowser): unknown[] =>
    socket.messages
      .filter(({ message }) => message.event === 'project_changed')
      .map(({ message }) => (message['project'] as { title: unknown }).title)

  const gateOf = (hub: TestHub): Gate => {
    const gate = hubs.busOf.get(hub)
    if (gate === undefined) throw new Error('not one of the two')
    return gate
  }

  const away = (hub: TestHub): Promise<unknown> =>
    until(
      'the bus is away',
      async () => hub.hub.context.bus.awaySinceMs,
      (since) => since !== undefined,
    )

  it('tell each other what people of both look at', async () => {
    const [a, b] = [await hubs.one.browser(ana), await hubs.two.browser(ben)]
    await Promise.all([a.request(0, 'watch_projects'), b.request(0, 'watch_projects')])
    const projectId = await create(a, 'Calculus')
    await share(a, b, projectId)
    await b.until(() => titles(b).includes('Calculus'))
    await a.request(0, 'update_project', { projectId, title: 'Analysis' })
    await b.until(() => titles(b).includes('Analysis'))
    await a.request(0, 'remove_member', { projectId, accountId: ben.accountId })
    await b.until(() => b.notice('project_removed') !== undefined)
  })

  it('end a session at once on the other one', async () => {
    const elsewhere = { cookie: await hubs.two.signIn(ana.email) }
    const [a, b] = [await hubs.one.browser(ana), await hubs.two.browser(elsewhere)]
    await a.request(0, 'revoke_other_sessions')
    await b.until(() => b.ended)
    expect(b.notice('session_ended')).toMatchObject({ reason: 'revoked' })
  })

  it('count attempts together', async () => {
    const email = ben.email
    for (let tries = 0; tries < 10; tries++) {
      const hub = tries % 2 === 0 ? hubs.one : hubs.two
      expect((await hub.post('sign_in', { email, password: 'wrong wrong' })).status).toBe(401)
    }
    for (const hub of [hubs.one, hubs.two]) {
      expect((await hub.post('sign_in', { email, password: 'wrong wrong' })).status).toBe(429)
    }
  })

  it('notice after an absence of the bus what changed meanwhile: sessions, lists, titles', async () => {
    const elsewhere = { cookie: await hubs.two.signIn(ana.email) }
    const [a, b] = [await hubs.one.browser(ana), await hubs.two.browser(ben)]
    const revoked = await hubs.two.browser(elsewhere)
    const [kept, lost] = [await create(a, 'Kept'), await create(a, 'Lost')]
    await share(a, b, kept)
    await share(a, b, lost)
    const same = await create(b, 'Same')
    await b.request(0, 'watch_projects')

    const gate = gateOf(hubs.two)
    gate.shut()
    await away(hubs.two)
    await a.request(0, 'revoke_other_sessions')
    await a.request(0, 'update_project', { projectId: kept, title: 'Renamed' })
    await a.request(0, 'remove_member', { projectId: lost, accountId: ben.accountId })
    const gained = await create(a, 'Gained')
    await share(a, await hubs.one.browser(ben), gained)

    gate.open(hubs.nats.port)
    await revoked.until(() => revoked.ended)
    await b.until(() => titles(b).includes('Renamed') && titles(b).includes('Gained'))
    await b.until(() => b.notice('project_removed') !== undefined)
    expect(b.notice('project_removed')).toMatchObject({ projectId: lost })
    // What is as it was is not told again.
    const told = b.messages.map(({ message }) => JSON.stringify(message))
    expect(told.filter((text) => text.includes('project_changed') && text.includes(same))).toEqual(
      [],
    )
  })

  it('notice what a hub could not tell while it was cut off itself', async () => {
    const elsewhere = { cookie: await hubs.two.signIn(ana.email) }
    const a = await hubs.one.browser(ana)
    const revoked = await hubs.two.browser(elsewhere)
    const gate = gateOf(hubs.one)
    gate.shut()
    await away(hubs.one)
    await a.request(0, 'revoke_other_sessions')
    gate.open(hubs.nats.port)
    await revoked.until(() => revoked.ended)
  })

  it('serve without any bus: people work on, and what is asked is answered from the database', async () => {
    const [a, b] = [await hubs.one.browser(ana), await hubs.two.browser(ben)]
    for (const gate of hubs.busOf.values()) gate.shut()
    await Promise.all([away(hubs.one), away(hubs.two)])
    const projectId = await create(a, 'Without')
    await share(a, b, projectId)
    const { projects } = await b.request(0, 'watch_projects')
    expect(JSON.stringify(projects)).toContain('Without')
    for (const gate of hubs.busOf.values()) gate.open(hubs.nats.port)
    await until(
      'both are back',
      async () => [hubs.one, hubs.two].map(({ hub }) => hub.context.bus.awaySinceMs),
      (since) => since.every((one) => one === undefined),
    )
  })
})
