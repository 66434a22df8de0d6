import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PASSWORD, TestHub } from '../../support/test-hub.ts'

describe('accounts', () => {
  let hub: TestHub
  beforeAll(async () => {
    hub = await TestHub.start()
    await hub.admin()
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  it('the first account needs the set-up token, is the admin, and is made once', async () => {
    await using fresh = await TestHub.start()
    const setUpToken = fresh.hub.setUpUrl?.split('#set-up=')[1]
    const person = { name: 'Ada', email: 'ada@example.org', password: PASSWORD }
    expect((await fresh.post('sign_up', person)).body['code']).toBe('sign_up_closed')
    const wrong = { ...person, setUpToken: 'x'.repeat(43) }
    expect((await fresh.post('sign_up', wrong)).body['code']).toBe('sign_up_closed')
    const both = await Promise.all(
      ['a@example.org', 'b@example.org'].map((email) =>
        fresh.post('sign_up', { ...person, email, setUpToken }),
      ),
    )
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(['200', '403'])
    expect(both.find(({ status }) => status === 200)?.body['account']).toMatchObject({
      admin: true,
    })
    const later = { ...person, email: 'c@example.org', setUpToken }
    expect((await fresh.post('sign_up', later)).body['code']).toBe('sign_up_closed')
  })

  it('an invitation makes one account, which is no admin', async () => {
    const admin = await hub.browser(await hub.admin())
    const { link } = await admin.request(0, 'admin_invite', { email: 'eve@example.org' })
    const invitationToken = String(link).split('#token=')[1]
    const person = { name: 'Eve', email: 'eve@example.org', password: PASSWORD, invitationToken }
    const answer = await hub.post('sign_up', { ...person, admin: true })
    expect(answer.body['account']).toMatchObject({ admin: false, emailVerified: false })
    const again = await hub.post('sign_up', { ...person, email: 'eve2@example.org' })
    expect(again.body['code']).toBe('token_invalid')
  })

  it('refuses an address that has an account, in any case', async () => {
    const person = await hub.person('Bea')
    const admin = await hub.browser(await hub.admin())
    const { link } = await admin.request(0, 'admin_invite', { email: 'x@example.org' })
    const invitationToken = String(link).split('#token=')[1]
    const email = person.email.toUpperCase()
    const answer = await hub.post('sign_up', {
      name: 'B',
      email,
      password: PASSWORD,
      invitationToken,
    })
    expect(answer.body['code']).toBe('exists')
    expect(await hub.signIn(email)).toMatch(/^salvus-/)
  })

  it('an address that a hub claimed and died is free for others a quarter of an hour later', async () => {
    await using own = await TestHub.start()
    const socket = await own.browser(await own.admin())
    const { link } = await socket.request(0, 'admin_invite', { email: 'kim@example.org' })
    const invitationToken = String(link).split('#token=')[1]
    const { database, now } = own.hub.context
    await database.claims.claim('email', 'kim@example.org', 'nobody', now())
    const person = { name: 'Kim', email: 'Kim@example.org', password: PASSWORD, invitationToken }
    expect((await own.post('sign_up', person)).body['code']).toBe('exists')
    own.advance(16 * 60_000)
    expect((await own.post('sign_up', person)).body['account']).toMatchObject({ name: 'Kim' })
  })

  it.each([
    ['short', 'abc1234'],
    ['common', 'Password123'],
    ['a sequence', '23456789'],
    ['one letter', 'zzzzzzzzzzzz'],
    ['the address', 'carla@example.org'],
  ])('refuses a password that is %s', async (_why, password) => {
    const admin = await hub.browser(await hub.admin())
    const { link } = await admin.request(0, 'admin_invite', { email: 'carla@example.org' })
    const invitationToken = String(link).split('#token=')[1]
    const person = { name: 'Carla', email: 'carla@example.org', password, invitationToken }
    expect((await hub.post('sign_up', person)).body['code']).toBe('weak_password')
  })

  it('answers alike for a wrong password and for an address without an account', async () => {
    const person = await hub.person('Dan')
    const wrong = await hub.post('sign_in', { email: person.email, password: 'wrong one' })
    const nobody = await hub.post('sign_in', { email: 'nobody@example.org', password: 'wrong one' })
    expect(nobody).toEqual(wrong)
    expect(wrong.status).toBe(401)
  })

  it('signs out: the cookie is worth nothing afterwards, and the socket is told', async () => {
    const person = await hub.person('Finn')
    const socket = await hub.browser(person)
    await hub.post('sign_out', {}, { cookie: person.cookie })
    await socket.until(() => socket.ended)
    expect(socket.notice('session_ended')).toMatchObject({ reason: 'signed_out' })
    const after = await hub.browser(person)
    expect(await after.request(0, 'list_sessions')).toMatchObject({ code: 'not_signed_in' })
  })

  it('a cookie captured before the password was changed is refused, and its socket closed', async () => {
    const person = await hub.person('Gil')
    const captured = { cookie: await hub.signIn(person.email) }
    const thief = await hub.browser(captured)
    const socket = await hub.browser(person)
    const change = { oldPassword: PASSWORD, newPassword: 'five other unrelated words' }
    expect(
      await socket.request(0, 'change_password', { ...change, oldPassword: 'no' }),
    ).toMatchObject({
      code: 'wrong_password',
    })
    expect(await socket.request(0, 'change_password', change)).toMatchObject({ event: 'answer' })
    await thief.until(() => thief.ended)
    expect(thief.notice('session_ended')).toMatchObject({ reason: 'password_changed' })
    const again = await hub.browser(captured)
    expect(await again.request(0, 'list_sessions')).toMatchObject({ code: 'not_signed_in' })
    expect(await socket.request(0, 'list_sessions')).toMatchObject({ event: 'answer' })
    expect((await hub.post('sign_in', { email: person.email, password: PASSWORD })).status).toBe(
      401,
    )
  })

  it('lists sessions and revokes one, but none of somebody else', async () => {
    const person = await hub.person('Hal')
    const other = await hub.person('Ida')
    const socket = await hub.browser(person)
    const second = await hub.browser({ cookie: await hub.signIn(person.email) })
    const { sessions } = await socket.request(0, 'list_sessions')
    const list = sessions as { sessionId: string; current: boolean }[]
    expect(list.map(({ current }) => String(current)).toSorted()).toEqual(['false', 'true'])
    const { sessionId } = list.find(({ current }) => !current) ?? { sessionId: '' }
    const foreign = await hub.browser(other)
    expect(await foreign.request(0, 'revoke_session', { sessionId })).toMatchObject({
      code: 'not_found',
    })
    await socket.request(0, 'revoke_session', { sessionId })
    await second.until(() => second.ended)
  })

  it('ends a session that was not used for 30 days', async () => {
    await using own = await TestHub.start()
    const admin = await own.admin()
    own.advance(29 * 24 * 3_600_000)
    expect(await (await own.browser(admin)).request(0, 'list_sessions')).toMatchObject({
      event: 'answer',
    })
    own.advance(31 * 24 * 3_600_000)
    expect(await (await own.browser(admin)).request(0, 'list_sessions')).toMatchObject({
      code: 'not_signed_in',
    })
  })

  it('resets by an admin’s link: once, within 30 minutes, ending all sessions', async () => {
    const person = await hub.person('Jan')
    const socket = await hub.browser(person)
    const admin = await hub.browser(await hub.admin())
    const make = async () => {
      const { link } = await admin.request(0, 'admin_create_reset_link', {
        accountId: person.accountId,
      })
      return String(link).split('#token=')[1]
    }
    const [token, late] = [await make(), await make()]
    const password = 'six quite different words'
    expect((await hub.post('reset_password', { token, password: 'password' })).body['code']).toBe(
      'weak_password',
    )
    expect((await hub.post('reset_password', { token, password })).status).toBe(200)
    await socket.until(() => socket.ended)
    for (const used of [token, late]) {
      expect((await hub.post('reset_password', { token: used, password })).status).toBe(410)
    }
    expect(await hub.signIn(person.email, password)).not.toBe('')
    const expired = await make()
    hub.advance(31 * 60_000)
    expect((await hub.post('reset_password', { token: expired, password })).status).toBe(410)
  })

  it('stops guessing of one account from an address where its owner is not signed in', async () => {
    await using own = await TestHub.start()
    await own.admin()
    const person = await own.person('Kim')
    const guess = () => own.post('sign_in', { email: 'nobody@example.org', password: 'guess' })
    for (let count = 0; count < 10; count++) expect((await guess()).status).toBe(401)
    const refused = await guess()
    expect(refused.body['code']).toBe('too_many_requests')
    expect(refused.body['retryAfterMs']).toBeGreaterThan(0)
    expect(await own.signIn(person.email)).not.toBe('')
    own.advance(16 * 60_000)
    expect((await guess()).status).toBe(401)
  })

  it('pushes a changed name and settings to all browsers of the account', async () => {
    const person = await hub.person('Mia')
    const [first, second] = [await hub.browser(person), await hub.browser(person)]
    const change = { name: 'Mia B.', settings: { enterRuns: true } }
    expect(await first.request(0, 'update_account', change)).toMatchObject({ account: change })
    await second.until(() => second.notice('account_changed') !== undefined)
    expect(second.notice('account_changed')).toMatchObject({ account: change })
  })

  it('only an admin asks what admins ask, and none unmakes itself', async () => {
    const person = await hub.browser(await hub.person('Lea'))
    for (const [event, body] of [
      ['admin_overview', {}],
      ['admin_list_accounts', { search: '' }],
      ['admin_list_mail', {}],
      ['admin_list_help', {}],
    ] as const) {
      expect(await person.request(0, event, body)).toMatchObject({ code: 'forbidden' })
    }
    const { accountId } = await hub.admin()
    const admin = await hub.browser(await hub.admin())
    expect(await admin.request(0, 'admin_set_admin', { accountId, admin: false })).toMatchObject({
      code: 'conflict',
    })
    expect(await admin.request(0, 'admin_overview')).toMatchObject({ isolation: 'none' })
  })
})
