import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { PASSWORD, TestHub } from '../../support/test-hub.ts'
import { projectId as parseProjectId } from '../../../src/messages/ids.ts'

const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

describe('the hub over HTTP', () => {
  let hub: TestHub
  beforeAll(async () => {
    hub = await TestHub.start({ basePath: '/p/' })
    await hub.admin()
  })
  afterAll(() => hub[Symbol.asyncDispose]())

  /** A path as it is written, which fetch would tidy up. */
  function rawGet(path: string, method = 'GET'): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(hub.hub.url)
      const asked = httpRequest({ hostname, port, path, method }, (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  it.each([
    ['none', undefined],
    ['null', 'null'],
    ['another site', 'https://evil.example'],
    ['our name inside another', 'http://localhost.evil.example'],
    ['another port', 'http://localhost:1'],
    ['another scheme', 'https://localhost'],
    ['the content origin', 'CONTENT'],
    ['another case', 'CASE'],
  ])('refuses a request of the API with the origin of %s', async (_name, origin) => {
    const value =
      origin === 'CONTENT'
        ? new URL(hub.hub.contentUrl).origin
        : origin === 'CASE'
          ? hub.origin.toUpperCase()
          : origin
    const body = { email: 'admin@example.org', password: PASSWORD }
    expect(await hub.post('sign_in', body, { origin: value })).toMatchObject({
      status: 403,
      body: { code: 'bad_origin' },
      cookie: undefined,
    })
  })

  it('refuses a form, a request without its header, and a body that reaches a prototype', async () => {
    const body = { email: 'admin@example.org', password: PASSWORD }
    expect((await hub.post('sign_in', body, { 'content-type': 'text/plain' })).status).toBe(400)
    expect((await hub.post('sign_in', body, { 'x-salvus': undefined })).status).toBe(403)
    expect((await hub.post('sign_in', '{"__proto__":{"admin":true}}')).status).toBe(400)
    expect((await hub.post('sign_in', 'not JSON')).status).toBe(400)
    expect((await hub.post('no_such', {})).status).toBe(404)
    const large = { email: `${'a'.repeat(10_000_000)}@example.org`, password: PASSWORD }
    expect((await hub.post('sign_in', large)).status).toBe(413)
  })

  it('refuses a socket of another origin', async () => {
    await expect(hub.browser(await hub.admin(), 'http://localhost.evil.example')).rejects.toThrow()
  })

  it('sets a cookie for this installation’s path alone, which scripts can not read', async () => {
    const response = await fetch(new URL('api/sign_in', hub.hub.url), {
      method: 'POST',
      headers: { origin: hub.origin, 'content-type': 'application/json', 'x-salvus': '1' },
      body: JSON.stringify({ email: 'admin@example.org', password: PASSWORD }),
    })
    expect(response.headers.get('set-cookie')).toMatch(
      /^salvus-[0-9a-f]{8}=[\w-]{43}; Path=\/p\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    )
  })

  it('serves the page at every address of the client, with its base path and policy', async () => {
    for (const path of ['', 'projects', 'projects/1/files/a.sagews', 'sign-in', 'invitation']) {
      const response = await fetch(new URL(path, hub.hub.url))
      expect(response.status, path).toBe(200)
      expect(await response.text()).toContain('<base href="/p/" />')
      expect(response.headers.get('cache-control')).toBe('no-cache')
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
    expect((await fetch(`${hub.origin}/elsewhere`)).status).toBe(404)
  })

  it('serves hashed files for ever and compressed as they lie there', async () => {
    const url = new URL('assets/app-1a2b.js', hub.hub.url)
    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } })
    expect(await response.text()).toBe('plain')
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const compressed = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'br' } })
    expect(compressed.headers.get('content-encoding')).toBe('br')
    expect(compressed.headers.get('content-length')).toBe('6')
  })

  it('serves nothing outside of the client’s folder', async () => {
    writeFileSync(join(hub.dataDir, 'client-secret'), 'secret text')
    for (const path of [
      '/p/../client-secret',
      '/p/assets/../../client-secret',
      '/p/assets/..%2f..%2fclient-secret',
      '/p/%2e%2e/client-secret',
      '/p/..%5cclient-secret',
      '/p/../client-secret%00.js',
      '/p//etc/passwd',
      '/p/../../../../../../etc/passwd',
    ]) {
      const { body } = await rawGet(path)
      expect(body, path).not.toMatch(/secret text|root:/)
    }
    expect((await rawGet('/p/', 'TRACE')).status).toBe(405)
  })

  it('shows an image to members of a project that holds it, in a sandbox', async () => {
    const admin = await hub.admin()
    const { blobs } = hub.hub.context.database
    const sha256 = createHash('sha256').update(PNG).digest('hex')
    const socket = await hub.browser(admin)
    const { project } = await socket.request(0, 'create_project', { title: 'Images' })
    const projectId = parseProjectId.parse((project as { projectId: string }).projectId)
    const row = { sha256, contentType: 'image/png', sizeBytes: PNG.length, createdMs: Date.now() }
    await blobs.put(row, PNG)
    await blobs.hold(projectId, sha256, undefined)
    const get = (query: string, cookie = '') =>
      fetch(new URL(`blobs/${sha256}${query}`, hub.hub.url), { headers: { cookie } })
    const shown = await get(`?project=${projectId}`, admin.cookie)
    expect(Buffer.from(await shown.arrayBuffer()).equals(PNG)).toBe(true)
    expect(shown.headers.get('content-security-policy')).toContain('sandbox')
    expect((await get('', admin.cookie)).status).toBe(200)
    expect((await get('')).status).toBe(401)
    const stranger = await hub.person('Sam')
    expect((await get('', stranger.cookie)).status).toBe(404)
    expect((await get(`?project=${projectId}`, stranger.cookie)).status).toBe(404)
  })

  it('enters the content origin by a ticket once, from our page, for one project', async () => {
    const admin = await hub.admin()
    const socket = await hub.browser(admin)
    const { project } = await socket.request(0, 'create_project', { title: 'Raw' })
    const { projectId } = project as { projectId: string }
    const ticket = async () =>
      String((await socket.request(0, 'create_content_ticket', { projectId }))['ticket'])
    const enter = (fields: Record<string, string>, origin = hub.origin) =>
      fetch(new URL('enter', hub.hub.contentUrl), {
        method: 'POST',
        redirect: 'manual',
        headers: { origin },
        body: new URLSearchParams(fields),
      })
    const first = await ticket()
    const foreign = await enter({ ticket: first, projectId, path: 'a.txt' }, 'https://evil.example')
    expect(foreign.status).toBe(403)
    const entered = await enter({ ticket: first, projectId, path: 'a%20b.txt' })
    expect(entered.status).toBe(303)
    expect(entered.headers.get('location')).toBe(`/p/${projectId}/raw/a%20b.txt`)
    expect(entered.headers.get('set-cookie')).toContain(`Path=/p/${projectId}/; `)
    expect((await enter({ ticket: first, projectId, path: 'a.txt' })).status).toBe(410)
    const outside = { ticket: await ticket(), projectId, path: '../../../x' }
    expect((await enter(outside)).status).toBe(403)
    const late = await ticket()
    hub.advance(31_000)
    expect((await enter({ ticket: late, projectId, path: 'a.txt' })).status).toBe(410)
    const without = await fetch(new URL(`${projectId}/raw/a.txt`, hub.hub.contentUrl))
    expect(without.status).toBe(401)
  })

  it('shows scripts in a frame that belongs to nobody', async () => {
    const response = await fetch(`${new URL(hub.hub.contentUrl).origin}/output-frame`)
    expect(response.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts; /)
    expect(response.headers.get('content-security-policy')).toContain(
      `frame-ancestors ${hub.origin}`,
    )
  })

  it('has metrics on a port of their own', async () => {
    const response = await fetch(`http://127.0.0.1:${hub.hub.metricsPort}/metrics`)
    const text = await response.text()
    expect(text).toContain('salvus_database_up 1')
    expect(text).toContain('salvus_document_divergences_total 0')
    expect(text).toMatch(/^salvus_event_loop_busy_seconds_total [\d.]+$/m)
    expect((await fetch(new URL('metrics.txt', hub.hub.url))).status).toBe(404)
  })

  it('is alive while the database answers, and says why not otherwise', async () => {
    await using own = await TestHub.start()
    expect((await fetch(new URL('alive', own.hub.url))).status).toBe(200)
    await own.hub.context.database[Symbol.asyncDispose]()
    const response = await fetch(new URL('alive', own.hub.url))
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'database_away' })
    const signIn = await own.post('sign_in', { email: 'a@example.org', password: 'x' })
    expect(signIn).toMatchObject({ status: 503, body: { code: 'database_away' } })
  })
})
