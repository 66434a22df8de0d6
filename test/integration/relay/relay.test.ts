import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { encodeChannelBody, decodeChannelBody } from '../../../src/messages/frames.ts'
import { projectId } from '../../../src/messages/ids.ts'
import type { ProjectId, Role } from '../../../src/messages/ids.ts'
import { TEXT_FRAME_BYTES_MAX } from '../../../src/messages/limits.ts'
import { TERMINAL_INPUT } from '../../../src/messages/terminals.ts'
import { processesOf } from '../../../src/project-server/isolation/end-processes.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { TestRelay } from '../../support/test-relay.ts'
import type { TestBrowser, TestPerson, Transport } from '../../support/test-relay.ts'

let runtime: TestRuntime
let projects: TestProjectServer
let relay: TestRelay
let ada: TestPerson
let project: ProjectId

beforeAll(async () => {
  runtime = await buildRuntime()
  projects = await TestProjectServer.start(runtime.dir, 'none')
  relay = await TestRelay.start(projects, '/p/')
})
afterAll(async () => {
  await relay[Symbol.asyncDispose]()
  await projects[Symbol.asyncDispose]()
  await runtime[Symbol.asyncDispose]()
})
beforeEach(() => {
  ada = relay.person('Ada')
  project = projectId.parse(randomUUID())
  relay.setRole(ada.account.accountId, project, 'owner')
})

async function inProject(
  person: TestPerson,
  transport: Transport = 'upgrade',
): Promise<{ browser: TestBrowser; route: number; role: Role }> {
  const browser = await relay.browser(person, transport)
  await browser.hello()
  const { route, role } = await browser.request(0, 'open_project', { projectId: project })
  return { browser, route: route as number, role: role as Role }
}

function input(channel: number, line: string): Uint8Array {
  const bytes = Buffer.concat([Uint8Array.of(TERMINAL_INPUT, 1), Buffer.from(`${line}\n`)])
  return encodeChannelBody(channel, bytes)
}

describe.each<Transport>(['upgrade', 'polling'])('a page by %s', (transport) => {
  it('opens a project, works with files, and uses a terminal in binary frames', async () => {
    const { browser, route, role } = await inProject(ada, transport)
    expect(role).toBe('owner')
    const phases = browser.messages.filter(({ message }) => message.event === 'project_starting')
    expect(phases.map(({ message }) => message['phase'])).toEqual([
      'creating',
      'user',
      'launching',
      'local_hub',
    ])
    await browser.request(route, 'create_file', { path: 'é\u2028.txt', kind: 'file' })
    const listed = await browser.request(route, 'list_directory', { path: '' })
    expect(listed['entries']).toMatchObject([{ name: 'é\u2028.txt' }])
    const opened = await browser.request(route, 'open_terminal', {
      path: 't.term',
      rows: 24,
      columns: 80,
      session: 's',
    })
    const channel = opened['channel'] as number
    browser.sendBinary(route, input(channel, 'seq 1 2000; echo fin""ished'))
    const output = (): string =>
      browser.binary
        .map(({ body }) => Buffer.from(decodeChannelBody(body).payload).toString('latin1'))
        .join('')
    await browser.until(() => output().includes('finished'))
    expect(output()).toContain('1999')
    expect(browser.binary.every((frame) => frame.route === route)).toBe(true)
    if (transport === 'polling') expect(browser.transport).toBe('polling')
  })
})

describe('a handshake', () => {
  it.each([
    ['a foreign origin', 'http://evil.example'],
    ['an origin that begins alike', 'http://localhost:8080.evil.example'],
    ['another port', 'http://localhost:8081'],
    ['another case', 'HTTP://LOCALHOST:8080'],
    ['null', 'null'],
    ['a trailing dot', 'http://localhost.:8080'],
  ])('is refused from %s', async (_, origin) => {
    expect(await status({ origin })).toBe(403)
    expect(await status({ origin, upgrade: true })).toBe(403)
  })

  it('is refused to a websocket without an origin, and to a cross-site request', async () => {
    expect(await status({ upgrade: true })).toBe(403)
    expect(await status({ site: 'cross-site' })).toBe(403)
    expect(await status({ site: 'same-origin' })).toBe(200)
  })

  it('leaves other paths to the server', async () => {
    expect((await fetch(`${relay.url}/p/other`)).status).toBe(404)
  })
})

describe('a connection', () => {
  it('gets nothing but what is public while nobody is signed in', async () => {
    const browser = await relay.browser(undefined, 'upgrade')
    expect(await browser.hello()).not.toHaveProperty('account')
    expect(await browser.request(0, 'ping')).toMatchObject({ event: 'answer' })
    for (const event of ['watch_projects', 'list_sessions']) {
      expect(await browser.request(0, event)).toMatchObject({ code: 'not_signed_in' })
    }
    expect(await browser.request(0, 'open_project', { projectId: project })).toMatchObject({
      code: 'not_signed_in',
    })
  })

  it('case 17: says hello first, in a version that is served', async () => {
    const browser = await relay.browser(ada, 'upgrade')
    expect(await browser.request(0, 'ping')).toMatchObject({ code: 'bad_message' })
    expect(await browser.request(0, 'hello', { version: 0, build: 'old' })).toMatchObject({
      code: 'old_version',
    })
  })

  it('is not told of projects that it is no member of, and admins only are admins', async () => {
    const browser = await relay.browser(ada, 'upgrade')
    await browser.hello()
    expect(await browser.request(0, 'open_project', { projectId: randomUUID() })).toMatchObject({
      code: 'not_found',
    })
    expect(await browser.request(0, 'admin_overview')).toMatchObject({ code: 'forbidden' })
    relay.setRole(ada.account.accountId, project, 'viewer')
    expect(await browser.request(0, 'stop_project', { projectId: project })).toMatchObject({
      code: 'forbidden',
    })
  })

  it('survives hostile frames, and answers what can be answered', async () => {
    const browser = await relay.browser(ada, 'upgrade')
    await browser.hello()
    for (const frame of [
      '',
      ':',
      '0:',
      '0:{',
      'zzzzz:{}',
      '5:{"event":"x","id":1}',
      '0:[]',
      '0:"a"',
    ]) {
      browser.sendRaw(frame)
    }
    browser.sendRaw(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    browser.sendRaw('0:{"event":"ping","id":7,"__proto__":{"admin":true}}')
    browser.sendRaw(`0:${'x'.repeat(TEXT_FRAME_BYTES_MAX)}`)
    expect(await browser.request(0, 'nonsense')).toMatchObject({ code: 'unknown_event' })
    expect(await browser.request(0, 'hasOwnProperty')).toMatchObject({ code: 'unknown_event' })
    expect(await browser.request(0, 'open_project', { projectId: '../..' })).toMatchObject({
      code: 'bad_message',
    })
    expect(browser.ended).toBe(false)
  })

  it('is closed, after it was told, when its session ends', async () => {
    const browser = await relay.browser(ada, 'upgrade')
    const other = await relay.browser(relay.person('Grace'), 'upgrade')
    await browser.hello()
    relay.bus.publish(`account.${ada.account.accountId}`, {
      kind: 'sessions_ended',
      sessions: [ada.sessionId],
      reason: 'password_changed',
    })
    await browser.until(() => browser.ended)
    expect(browser.notice('session_ended')).toMatchObject({ reason: 'password_changed' })
    expect(other.ended).toBe(false)
  })
})

describe('a route', () => {
  it('follows the role of its person, and closes when the right is lost', async () => {
    const grace = relay.person('Grace')
    relay.setRole(grace.account.accountId, project, 'editor')
    const { browser, route } = await inProject(grace)
    await browser.request(route, 'create_file', { path: 'a', kind: 'file' })
    relay.setRole(grace.account.accountId, project, 'viewer')
    const refused = await browser.request(route, 'create_file', { path: 'b', kind: 'file' })
    expect(refused).toMatchObject({ code: 'read_only' })
    expect(browser.notice('role_changed')).toMatchObject({ route, role: 'viewer' })
    relay.setRole(grace.account.accountId, project, undefined)
    await browser.until(() => browser.notice('route_closed') !== undefined)
    expect(browser.notice('route_closed')).toMatchObject({ route, reason: 'removed' })
    browser.send(route, { event: 'create_file', id: 99, path: 'c', kind: 'file' })
    expect(await browser.request(0, 'open_project', { projectId: project })).toMatchObject({
      code: 'not_found',
    })
    expect(existsSync(join(projects.dataDir, 'projects', project, 'c'))).toBe(false)
  })

  it('closes as lost when the local hub is killed, and opens again at once', async () => {
    const { browser, route } = await inProject(ada)
    const [pid] = (await processesOf({ kind: 'mark', projectId: project })).filter((one) =>
      readFileSync(`/proc/${one}/cmdline`, 'utf8').includes('local-hub.js'),
    )
    process.kill(pid ?? 0, 'SIGKILL')
    await browser.until(() => browser.notice('route_closed') !== undefined)
    expect(browser.notice('route_closed')).toMatchObject({ route, reason: 'lost' })
    const begun = performance.now()
    const again = await browser.request(0, 'open_project', { projectId: project })
    expect(again).toMatchObject({ event: 'answer', role: 'owner' })
    expect(performance.now() - begun).toBeLessThan(30_000)
  })

  it('closes as stopped when somebody stops the project, and as restarting when it is restarted', async () => {
    const { browser, route } = await inProject(ada)
    await browser.request(0, 'restart_project', { projectId: project })
    expect(browser.notice('route_closed')).toMatchObject({ route, reason: 'restarting' })
    const again = await browser.request(0, 'open_project', { projectId: project })
    await browser.request(0, 'stop_project', { projectId: project })
    await browser.until(() => browser.notice('route_closed')?.['reason'] === 'stopped')
    expect(again).toMatchObject({ role: 'owner' })
    expect(await processesOf({ kind: 'mark', projectId: project })).toEqual([])
  })

  it('closes, and no process is left, when the project is deleted', async () => {
    const { browser, route } = await inProject(ada)
    relay.deleted.add(project)
    relay.bus.publish(`project.${project}`, { kind: 'project_deleted' })
    await browser.until(() => browser.notice('route_closed') !== undefined)
    expect(browser.notice('route_closed')).toMatchObject({ route, reason: 'deleted' })
    await relay.relay.hosts.stop(project)
    expect(await processesOf({ kind: 'mark', projectId: project })).toEqual([])
    const again = await browser.request(0, 'open_project', { projectId: project })
    expect(again).toMatchObject({ event: 'error', code: 'not_found' })
    await relay.relay.hosts.purge(project)
    expect(existsSync(join(projects.dataDir, 'projects', project))).toBe(false)
  })

  it('carries one frame to many pages, each on its own route', async () => {
    const first = await inProject(ada)
    const second = await inProject(ada, 'polling')
    await first.browser.request(first.route, 'list_directory', { path: '', watch: true })
    await second.browser.request(second.route, 'list_directory', { path: '', watch: true })
    await first.browser.request(first.route, 'create_file', { path: 'new.txt', kind: 'file' })
    for (const { browser } of [first, second]) {
      await browser.until(() =>
        JSON.stringify(browser.notice('directory_changed') ?? {}).includes('new.txt'),
      )
      await browser.until(
        () => (browser.notice('people_present')?.['people'] as unknown[] | undefined)?.length === 2,
      )
    }
  })

  it('serves the hub itself as a hidden client', async () => {
    const { browser, route } = await inProject(ada)
    await browser.request(route, 'create_file', { path: 'raw', kind: 'file', text: 'raw text' })
    const client = await relay.relay.openAsHub(project, {
      accountId: ada.account.accountId,
      name: 'Ada',
      role: 'viewer',
    })
    const chunks: Buffer[] = []
    const finished = new Promise<void>((resolve) => {
      client.listen({
        onNotice: (event) => event === 'download_finished' && resolve(),
        onChunk: (_channel, payload) => void chunks.push(Buffer.from(payload)),
      })
    })
    expect(await client.request('open_download', { path: 'raw' })).toMatchObject({ sizeBytes: 8 })
    await finished
    expect(Buffer.concat(chunks).toString()).toBe('raw text')
    await expect(client.request('create_file', { path: 'x', kind: 'file' })).rejects.toMatchObject({
      code: 'read_only',
    })
    await client[Symbol.asyncDispose]()
  })
})

function status(from: { origin?: string; upgrade?: boolean; site?: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    }
    const one = request(
      `${relay.url}/p/hub/?EIO=4&transport=${from.upgrade ? 'websocket' : 'polling'}`,
      {
        headers: {
          ...(from.origin === undefined ? {} : { origin: from.origin }),
          ...(from.site === undefined ? {} : { 'sec-fetch-site': from.site }),
          ...(from.upgrade ? upgrade : {}),
        },
      },
    )
    one.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    one.on('upgrade', () => resolve(101))
    one.on('error', reject)
    one.end()
  })
}
