import { connect } from 'node:net'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { ORIGIN, TestRelay } from '../../support/test-relay.ts'

/** Addresses that are no path: several of them make `url.parse` throw. */
const NO_PATHS = ['http://[1:2/', 'http://a^b/hub/', '//user@[1:2/', '/\\user@[1:2/', '*']

const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n'

describe('requests that no browser sends', () => {
  let runtime: TestRuntime
  let projects: TestProjectServer
  let relay: TestRelay

  beforeAll(async () => {
    runtime = await buildRuntime()
    projects = await TestProjectServer.start(runtime.dir, 'none')
    relay = await TestRelay.start(projects)
  })

  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]()
    await projects?.[Symbol.asyncDispose]()
    await runtime?.[Symbol.asyncDispose]()
  })

  test.each(NO_PATHS)('%s is refused, as a request and as an upgrade', async (target) => {
    expect(await answerTo(relay.url, target, '')).toMatch(/^HTTP\/1\.1 400 /)
    expect(await answerTo(relay.url, target, UPGRADE)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('an upgrade of an address without websockets is answered and closed', async () => {
    expect(await answerTo(relay.url, '/', UPGRADE)).toMatch(/^HTTP\/1\.1 404 /)
  })

  test('people can still connect after all of them', async () => {
    const browser = await relay.browser(relay.person('ada'), 'websocket')
    expect(await browser.hello()).toMatchObject({ event: 'answer' })
  })
})

/** The whole answer, once the server has closed the connection. */
function answerTo(url: string, target: string, headers: string): Promise<string> {
  const { hostname, port, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (chunk) => (answer += chunk.toString()))
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${ORIGIN}\r\n${headers}\r\n`)
  })
}
