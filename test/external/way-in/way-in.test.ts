import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:http2'
import type { IncomingHttpHeaders } from 'node:http2'
import { Agent } from 'node:https'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'

import { decodeTextFrame, encodeTextFrame } from '../../../src/messages/frames.ts'
import { PROTOCOL_VERSION } from '../../../src/messages/version.ts'
import { Scope } from '../../../src/util/scope.ts'
import { until } from '../../support/until.ts'
import { CONTENT, FRONT_PORT, PAGES, WayIn, hasWayIn } from '../../support/way-in.ts'
import type { Reply } from '../../support/way-in.ts'

/** Of the messages of engine.io, which begin with a digit. */
const ENGINE_MESSAGE = '4'
const ANSWER_MS = 30_000

describe.skipIf(!hasWayIn())('stunnel, haproxy and nginx before two hubs', () => {
  let wayIn: WayIn
  const scope = new Scope()

  beforeAll(async () => {
    wayIn = await WayIn.start()
    scope.defer(() => wayIn[Symbol.asyncDispose]())
  })
  afterAll(() => scope.close())

  test('the page of a sign-in comes over TLS from either end, with the hub’s headers', async () => {
    for (const via of ['stunnel', 'haproxy'] as const) {
      const page = await wayIn.request({ path: '/sign-in', via })
      expect(page.status).toBe(200)
      expect(page.body).toContain('<base href="/"')
      expect(page.headers['strict-transport-security']).toBe('max-age=31536000')
      expect(page.headers['content-security-policy']).toContain(`https://${CONTENT}:${FRONT_PORT}`)
    }
  })

  test('the doctor finds nothing wrong, and finds a file that somebody has changed and a secret that others can read', async () => {
    const before = await wayIn.doctor()
    expect(before).toEqual({ code: 0, output: expect.stringContaining('Nothing is wrong.') })
    expect(before.output).toMatch(/warning .*site\.pem expires in [01] days/)
    const configuration = join(wayIn.folder, 'web/configuration')
    const file = join(configuration, 'nginx/nginx.conf')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace('sendfile on', 'sendfile off'))
    chmodSync(join(configuration, 'secrets/hub'), 0o644)
    const after = await wayIn.doctor()
    writeFileSync(file, text)
    chmodSync(join(configuration, 'secrets/hub'), 0o600)
    expect(after.code).toBe(1)
    expect(after.output).toContain(
      'not as the inventory says: nginx/nginx.conf (changed), secrets/hub (mode)',
    )
    expect(after.output).toContain(`chmod 600 ${configuration}/secrets/hub`)
  })

  test('haproxy’s end of TLS speaks HTTP/2', async () => {
    const session = connect(`https://${wayIn.haproxyAddress}:${FRONT_PORT}`, {
      servername: PAGES,
      ca: wayIn.certificate,
    })
    const stream = session.request({ ':path': '/sign-in', ':authority': `${PAGES}:${FRONT_PORT}` })
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      stream.once('response', (given) => resolve(given))
      stream.once('error', reject)
      session.once('error', reject)
    })
    expect(headers[':status']).toBe(200)
    expect(session.alpnProtocol).toBe('h2')
    session.destroy()
  })

  test('a websocket passes through all, and the hub answers on it', async () => {
    const url = `wss://${wayIn.stunnelAddress}:${FRONT_PORT}/hub/?EIO=4&transport=websocket`
    const socket = new WebSocket(url, {
      agent: new Agent({ ca: wayIn.certificate, servername: PAGES }),
      headers: { host: `${PAGES}:${FRONT_PORT}`, origin: `https://${PAGES}:${FRONT_PORT}` },
    })
    const received: string[] = []
    socket.on('message', (data: Buffer) => received.push(data.toString()))
    await once(socket, 'open', deadline())
    const hello = { event: 'hello', id: 1, version: PROTOCOL_VERSION, build: 'test' }
    socket.send(`${ENGINE_MESSAGE}${encodeTextFrame(0, JSON.stringify(hello))}`)
    const answer = await until(
      'the answer to hello',
      async () => received.find((text) => text.startsWith(`${ENGINE_MESSAGE}0:`)),
      (text) => text !== undefined,
    )
    const { json } = decodeTextFrame(answer?.slice(1) ?? '')
    expect(JSON.parse(json)).toMatchObject({ id: 1, version: PROTOCOL_VERSION })
    socket.terminate()
  })

  test('the hub knows the browser’s address behind either end, whatever the browser writes', async () => {
    const { services } = await wayIn.status()
    const note = services.find(({ id }) => id.startsWith('hub'))?.note ?? ''
    const setUpToken = note.split('#set-up=')[1]
    const email = 'ada@example.com'
    const password = 'four unrelated words'
    const signUp = await wayIn.request({
      path: '/api/sign_up',
      method: 'POST',
      from: wayIn.client(21),
      headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
      body: { name: 'Ada', email, password, setUpToken },
    })
    expect([signUp.status, signUp.body]).toEqual([200, expect.stringContaining('accountId')])
    const signIn = await wayIn.request({
      path: '/api/sign_in',
      via: 'haproxy',
      method: 'POST',
      from: wayIn.client(22),
      headers: { 'x-forwarded-for': '198.51.100.7' },
      body: { email, password },
    })
    expect(signIn.status).toBe(200)
    expect(signIn.headers['set-cookie']?.join()).toContain('Secure')
    const logs = wayIn.log('hub-1') + wayIn.log('hub-2')
    const addresses = [...logs.matchAll(/"address":"([^"]*)","msg":"signed in"/g)].map(
      ([, address]) => address,
    )
    expect(new Set(addresses)).toEqual(new Set([wayIn.client(21), wayIn.client(22)]))
  })

  test('nginx says about a file what a hub says, and sends the copy that was compressed at the build', async () => {
    const names = readdirSync(join(wayIn.folder, 'client/assets'))
    for (const extension of ['.js', '.css', '.woff2']) {
      const name = names.find((one) => one.endsWith(extension)) ?? ''
      const path = `/assets/${name}`
      const headers = { 'accept-encoding': 'gzip' }
      const ofNginx = await wayIn.request({ path, headers })
      expect(ofNginx.headers['server']).toBe('nginx')
      const response = await fetch(`http://${wayIn.stunnelAddress}:8010${path}`, { headers })
      await response.body?.cancel()
      expect(said(ofNginx.headers)).toEqual(said(Object.fromEntries(response.headers)))
      expect(ofNginx.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    }
    const missing = await wayIn.request({ path: '/assets/none-1a2b.js' })
    expect(missing.status).toBe(404)
    expect(missing.headers['cache-control']).toBeUndefined()
  })

  test('what users make has its own host, and any other host is not here', async () => {
    const content = await wayIn.request({ path: '/output-frame', host: CONTENT })
    expect([content.status, content.headers['content-type']]).toEqual([
      200,
      'text/html; charset=utf-8',
    ])
    const other = await wayIn.request({ path: '/', headers: { host: 'evil.example' } })
    expect(other.status).toBe(421)
  })

  test('a flood of sign-ins from one address is refused, and another address is served', async () => {
    const attempt = (from: string): Promise<Reply> =>
      wayIn.request({
        path: '/api/sign_in',
        method: 'POST',
        from,
        body: { email: `${randomUUID()}@example.com`, password: 'wrong wrong wrong' },
      })
    const flood = await Promise.all(Array.from({ length: 60 }, () => attempt(wayIn.client(31))))
    const refused = flood.filter(({ status }) => status === 429)
    // 20 a minute; the rest, unless the machine took minutes.
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.headers['retry-after']).toBe('60')
    expect(JSON.parse(refused[0]?.body ?? '')).toMatchObject({ code: 'too_many_requests' })
    const other = await attempt(wayIn.client(32))
    expect(other.status).toBe(401)
    // Only sign-ins are refused.
    const page = await wayIn.request({ path: '/sign-in', from: wayIn.client(31) })
    expect(page.status).toBe(200)
  })

  test('a hub is killed: every request is answered, by the other one', async () => {
    const { services } = await wayIn.status()
    const pid = /process (\d+)/.exec(services.find(({ id }) => id === 'hub-1')?.state ?? '')?.[1]
    process.kill(Number(pid), 'SIGKILL')
    const statuses = new Set<number>()
    for (let count = 0; count < 40; count++) {
      statuses.add((await wayIn.request({ path: '/sign-in' })).status)
    }
    expect([...statuses]).toEqual([200])
    await until(
      'its supervisor has started it again',
      async () => (await wayIn.status()).services.find(({ id }) => id === 'hub-1')?.state ?? '',
      (state) => state.includes('started 2 times'),
    )
  })

  test('a hub and nginx are stopped: pages and files come from the hub that is left', async () => {
    await wayIn.act('stop', 'hub-2')
    await wayIn.act('stop', 'nginx')
    const name = readdirSync(join(wayIn.folder, 'client/assets')).find((one) =>
      one.endsWith('.css'),
    )
    // haproxy takes a moment to see that nginx is away, and asks a hub from then on.
    const file = await until(
      'the file from a hub',
      () => wayIn.request({ path: `/assets/${name ?? ''}` }),
      ({ status }) => status === 200,
    )
    expect(file.headers['server']).toBeUndefined()
    expect((await wayIn.request({ path: '/sign-in' })).status).toBe(200)
    await wayIn.act('start', 'hub-2')
    await wayIn.act('start', 'nginx')
    const again = await wayIn.status()
    expect(again.services.filter(({ serves }) => !serves)).toEqual([])
  })
})

function deadline(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(ANSWER_MS) }
}

/** What matters to a browser of the headers of a file. */
function said(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const of = [
    'server',
    'date',
    'connection',
    'keep-alive',
    'last-modified',
    'transfer-encoding',
    'accept-ranges',
    'set-cookie',
  ]
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !of.includes(name)))
}
