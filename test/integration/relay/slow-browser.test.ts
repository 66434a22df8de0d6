import { randomUUID } from 'node:crypto'
import { ChangeSet } from '@codemirror/state'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { Tab } from '../../../bench/support/sync-salvus.ts'
import { projectId } from '../../../src/messages/ids.ts'
import type { ProjectId } from '../../../src/messages/ids.ts'
import { createClient, pendingCount } from '../../../src/sync/client.ts'
import { connect, flush, localChange } from '../../../src/sync/client-local.ts'
import { receiveAtClient } from '../../../src/sync/client-receive.ts'
import { stringOf, textOf } from '../../../src/sync/document-state.ts'
import { buildRuntime } from '../../support/runtime.ts'
import type { TestRuntime } from '../../support/runtime.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { ORIGIN, TestRelay } from '../../support/test-relay.ts'

const MEGABYTE = 1024 * 1024
/** What one change inserts, in the place of the one before. */
const PIECE = 256 * 1024
/** 32 MB in all: what the kernel keeps for a browser that does not read is some 10 MB. */
const CHANGES = 128

let runtime: TestRuntime
let projects: TestProjectServer
let relay: TestRelay

beforeAll(async () => {
  runtime = await buildRuntime()
  projects = await TestProjectServer.start(runtime.dir, 'none')
  relay = await TestRelay.start(projects, '/')
})
afterAll(async () => {
  await relay[Symbol.asyncDispose]()
  await projects[Symbol.asyncDispose]()
  await runtime[Symbol.asyncDispose]()
})

/** A page with one document, over a websocket that can be left unread. */
class Page {
  readonly tab: Tab
  readonly client = createClient(randomUUID())
  bytesIn = 0
  resumed = 0
  #changed: (() => void) | undefined

  static async open(project: ProjectId, path: string): Promise<Page> {
    const ada = relay.person('Ada')
    relay.setRole(ada.account.accountId, project, 'owner')
    const { port } = new URL(relay.url)
    const salvus = { origin: ORIGIN, cookie: ada.cookie }
    const tab = await Tab.open({ port: Number(port), peers: '', salvus })
    await tab.openProject(project)
    await tab.request(tab.route, 'create_file', { path, kind: 'file' }).catch(() => undefined)
    const document = await tab.request(tab.route, 'open_document', { path })
    tab.channel = Number(document['channel'])
    const page = new Page(tab)
    await page.until(() => page.client.phase === 'live')
    return page
  }

  private constructor(tab: Tab) {
    this.tab = tab
    tab.onPayload = (payload) => this.#take(new Uint8Array(payload))
    this.#send(connect(this.client))
  }

  get text(): string {
    return stringOf(this.client.view, '')
  }

  replaceAll(insert: string): void {
    const { length } = textOf(this.client.view, '')
    this.type(0, insert, length)
  }

  type(from: number, insert: string, to = from): void {
    const { length } = textOf(this.client.view, '')
    const changes = ChangeSet.of({ from, to, insert }, length)
    localChange(this.client, [['t', '', changes]], { undo: 'none' })
    this.#send(flush(this.client))
  }

  async until(condition: () => boolean): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not reached: ${String(condition)}`)), 60_000)
      this.#changed = () => {
        if (!condition()) return
        this.#changed = undefined
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #take(payload: Uint8Array): void {
    this.bytesIn += payload.length
    const update = receiveAtClient(this.client, payload)
    this.#send(update.send)
    if (update.resumed) this.resumed++
    if (update.problem) this.#send(connect(this.client))
    this.#changed?.()
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.tab.send(bytes)
  }
}

it('a browser that stops reading for a while gets one merged change, and the others do not wait', async () => {
  const project = projectId.parse(randomUUID())
  const ann = await Page.open(project, 'a.txt')
  const slow = await Page.open(project, 'a.txt')
  slow.type(0, 'from the slow one: ')
  await slow.until(() => pendingCount(slow.client) === 0)
  await ann.until(() => ann.text.length > 0)
  const before = slow.bytesIn
  slow.tab.socket.stopReading()
  slow.type(0, 'typed while it did not read: ')
  for (let n = 0; n < CHANGES; n++) {
    ann.replaceAll(String(n % 10).repeat(PIECE))
    await ann.until(() => pendingCount(ann.client) === 0)
  }
  ann.type(0, 'the end: ')
  await ann.until(() => pendingCount(ann.client) === 0)
  const { length } = ann.text
  slow.type(0, 'and more ')
  slow.tab.socket.readAgain()
  await slow.until(() => slow.text.includes('the end: ') && pendingCount(slow.client) === 0)
  await ann.until(() => ann.text === slow.text)
  expect(ann.text).toContain('and more ')
  expect(ann.text.length).toBe(length + 'and more '.length)
  expect(slow.resumed).toBeGreaterThan(0)
  expect(slow.bytesIn - before).toBeLessThan((CHANGES * PIECE) / 2)
  expect((CHANGES * PIECE) / MEGABYTE).toBe(32)
}, 120_000)
