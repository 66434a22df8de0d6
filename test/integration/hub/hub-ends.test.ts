import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { projectId as parseProjectId } from '../../../src/messages/ids.ts'
import type { ProjectId } from '../../../src/messages/ids.ts'
import { Scope } from '../../../src/util/scope.ts'
import { Gate } from '../../support/gate.ts'
import { buildHub, HubProcess } from '../../support/hub-process.ts'
import type { HubProgram } from '../../support/hub-process.ts'
import { hasNatsServer, NatsServer, WITHOUT_NATS } from '../../support/nats-server.ts'
import { NodePage } from '../../support/node-page.ts'
import { buildRuntime } from '../../support/runtime.ts'
import { TestProjectServer } from '../../support/test-project-server.ts'
import { until } from '../../support/until.ts'

const LOADED_MS = 180_000

/** As fast as a person who types very fast. */
const KEY_MS = 10

describe.skipIf(!hasNatsServer)(`a hub that ends${WITHOUT_NATS}`, { timeout: LOADED_MS }, () => {
  const scope = new Scope()
  const reported: unknown[] = []
  let program: HubProgram
  let settings: { readonly dataDir: string; readonly [name: string]: unknown }
  /** The way in: as a balancer it leads to one of the hubs. */
  let door: Gate
  let hub: HubProcess
  let ana: { readonly accountId: string; readonly cookie: string }
  let project: ProjectId

  const url = (): string => `http://localhost:${door.port}/`

  const startHub = (): Promise<HubProcess> =>
    HubProcess.start(program, { ...settings, hubId: `hub ${randomUUID()}` })

  beforeAll(async () => {
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error))
    const nats = await NatsServer.start()
    scope.defer(() => nats[Symbol.asyncDispose]())
    const runtime = await buildRuntime()
    scope.defer(() => runtime[Symbol.asyncDispose]())
    const projects = await TestProjectServer.start(runtime.dir, 'none')
    scope.defer(() => projects[Symbol.asyncDispose]())
    program = await buildHub()
    scope.defer(() => program[Symbol.asyncDispose]())
    const dataDir = await mkdtemp(join(tmpdir(), 'salvus-hubs-'))
    scope.defer(() => rm(dataDir, { recursive: true, force: true }))
    await mkdir(join(dataDir, 'client'))
    await writeFile(join(dataDir, 'client', 'index.html'), '<!doctype html>')
    door = await Gate.start(nats.port)
    scope.defer(() => door[Symbol.asyncDispose]())
    settings = {
      dataDir,
      publicUrl: url(),
      bus: { servers: [`nats://127.0.0.1:${nats.port}`] },
      // Enough for a page to move on a machine with everything else to do.
      drainSeconds: 20,
      projectServers: [
        { host: 'local', address: projects.address, secretFile: projects.secretFile },
      ],
    }
    hub = await startHub()
    scope.defer(() => hub[Symbol.asyncDispose]())
    door.open(hub.port)
    ana = await signUp(hub.setUpUrl?.split('set-up=')[1] ?? '')
    using page = await NodePage.open(url(), ana)
    const created = await page.connection.request('create_project', { title: 'Calculus' })
    project = parseProjectId.parse(created.project.projectId)
  }, LOADED_MS)
  afterAll(() => scope.close(), LOADED_MS)

  async function signUp(setUpToken: string): Promise<typeof ana> {
    const body = { name: 'Ana', email: 'ana@example.org', password: 'four unrelated words' }
    const response = await fetch(new URL('api/sign_up', url()), {
      method: 'POST',
      headers: {
        ...{ origin: new URL(url()).origin, 'content-type': 'application/json', 'x-salvus': '1' },
      },
      body: JSON.stringify({ ...body, setUpToken }),
    })
    const { account } = (await response.json()) as { account: { accountId: string } }
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return { accountId: account.accountId, cookie }
  }

  async function pageWith(path: string): Promise<NodePage> {
    const page = await NodePage.open(url(), ana)
    await page.openProject(project)
    await page.openDocument(path)
    return page
  }

  async function newFile(): Promise<string> {
    const path = `${randomUUID()}.txt`
    const page = await NodePage.open(url(), ana)
    await page.openProject(project)
    await page.project.request('create_file', { path, kind: 'file' })
    page[Symbol.dispose]()
    return path
  }

  /** Types words, one after another, and does something else in between. */
  async function typeWords(page: NodePage, count: number, midway: () => void): Promise<string> {
    let typed = ''
    for (let number = 1; number <= count; number++) {
      if (number === Math.floor(count / 3)) midway()
      page.type(`w${number} `)
      typed += `w${number} `
      await new Promise((resolve) => {
        setTimeout(resolve, KEY_MS)
      })
    }
    return typed
  }

  async function allArrived(page: NodePage, reader: NodePage, typed: string): Promise<void> {
    await until(
      'everything is acknowledged',
      async () => page.pending,
      (pending) => pending === 0,
    )
    await until(
      'the other page has all',
      async () => reader.text,
      (text) => text === typed,
    )
    expect(page.text).toBe(typed)
  }

  it('by kill -9 while somebody types: the page goes on at another one, and nothing is lost', async () => {
    const other = await startHub()
    const path = await newFile()
    using page = await pageWith(path)
    using reader = await pageWith(path)
    const old = hub
    const typed = await typeWords(page, 150, () => {
      void old.end('SIGKILL')
      door.open(other.port)
    })
    hub = other
    await allArrived(page, reader, typed)
    expect(page.kinds).toContain('reconnecting')
    expect(page.connection.state.get().kind).toBe('connected')
  })

  it('by SIGTERM while somebody types: the page is at another one before, and sees nothing of it', async () => {
    const other = await startHub()
    const path = await newFile()
    using page = await pageWith(path)
    using reader = await pageWith(path)
    const openings = page.project.epoch.get()
    const old = hub
    let ended: Promise<number | undefined> | undefined
    const typed = await typeWords(page, 300, () => {
      ended = old.end('SIGTERM')
      void untilRefused(old).then(() => door.open(other.port))
    })
    hub = other
    // By itself: no signal ended it.
    expect(await ended).toBeDefined()
    await allArrived(page, reader, typed)
    expect(new Set(page.kinds)).toEqual(new Set(['connected']))
    expect(page.project.epoch.get()).toBe(openings + 1)
    expect(reported).toEqual([])
  })

  /** As a balancer looks. */
  async function untilRefused({ port }: HubProcess): Promise<void> {
    await until(
      '/alive refuses',
      async () =>
        fetch(`http://127.0.0.1:${port}/alive`).then(
          ({ ok }) => ok,
          () => false,
        ),
      (ok) => !ok,
    )
  }
})
