import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { readConfiguration } from '../../src/daemon/configuration.ts'
import { silentLogger } from '../../src/daemon/logging.ts'
import { HUB_SETTINGS } from '../../src/hub/configuration/settings.ts'
import { startHub } from '../../src/hub/hub.ts'
import type { Hub } from '../../src/hub/hub.ts'
import { Scope } from '../../src/util/scope.ts'
import { bundledWorker } from './bundled-worker.ts'
import type { TestProjectServer } from './test-project-server.ts'
import { TestBrowser } from './test-relay.ts'

export const PASSWORD = 'four unrelated words'

export interface TestHubOptions {
  readonly basePath?: string
  readonly smtpUrl?: string
  readonly helpAddress?: string
  /** Where its projects run. */
  readonly projects?: TestProjectServer
  /** Of another hub: both share its database and secrets. */
  readonly dataDir?: string
  /** What else is set. */
  readonly settings?: Readonly<Record<string, unknown>>
}

/** A person in a browser: a cookie, and a socket once it is opened. */
export interface TestAccount {
  readonly accountId: string
  readonly email: string
  readonly cookie: string
}

/** A real hub on ports of its own, with a real database, and a clock that the test may move. */
export class TestHub implements AsyncDisposable {
  readonly hub: Hub
  readonly dataDir: string
  readonly #scope: Scope
  readonly #clock: { aheadMs: number }
  #admin: Promise<TestAccount> | undefined
  #people = 0

  private constructor(hub: Hub, dataDir: string, scope: Scope, clock: { aheadMs: number }) {
    this.hub = hub
    this.dataDir = dataDir
    this.#scope = scope
    this.#clock = clock
  }

  static async start(options: TestHubOptions = {}): Promise<TestHub> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'salvus-test-hub-'))
    const scope = new Scope()
    if (options.dataDir === undefined) {
      scope.defer(() => rmSync(dataDir, { recursive: true, force: true }))
    }
    const clientDir = join(dataDir, 'client')
    mkdirSync(join(clientDir, 'assets'), { recursive: true })
    writeFileSync(join(clientDir, 'index.html'), '<!doctype html><head></head><p>page')
    writeFileSync(join(clientDir, 'assets/app-1a2b.js'), 'plain')
    writeFileSync(join(clientDir, 'assets/app-1a2b.js.br'), 'brotli')
    if (options.smtpUrl !== undefined) writeFileSync(join(dataDir, 'smtp'), options.smtpUrl)
    const file = join(dataDir, `hub-${randomUUID()}.json`)
    const settings = {
      dataDir,
      clientDir,
      secretsDir: join(dataDir, 'secrets'),
      port: 0,
      contentPort: 0,
      metricsPort: 0,
      basePath: options.basePath ?? '/',
      helpAddress: options.helpAddress ?? '',
      ...(options.smtpUrl === undefined ? {} : { smtpUrlFile: join(dataDir, 'smtp') }),
      projectServers: options.projects ? [hostOf(options.projects)] : [],
      ...options.settings,
    }
    writeFileSync(file, JSON.stringify(settings))
    const clock = { aheadMs: 0 }
    const hub = await startHub(
      {
        settings: readConfiguration(HUB_SETTINGS, { file }),
        databaseWorker: await bundledWorker('src/database/sqlite/worker.ts'),
        build: 'test',
        logger: silentLogger(),
        now: () => Date.now() + clock.aheadMs,
        mailRetryMs: 20,
      },
      scope,
    )
    return new TestHub(hub, dataDir, scope, clock)
  }

  /** Of its pages, as it wants to hear it. */
  get origin(): string {
    return new URL(this.hub.url).origin
  }

  /** Where it is, whatever stands before it. */
  get ownUrl(): string {
    const url = new URL(this.hub.url)
    url.port = String(this.hub.port)
    return url.href
  }

  /** Ends it as its process is ended: pages move first. */
  async stop(): Promise<void> {
    await this.hub.drain()
    await this.#scope.close()
  }

  advance(ms: number): void {
    this.#clock.aheadMs += ms
  }

  /** A request of the API as a page makes it; headers given replace its own, undefined takes one away. */
  async post(
    name: string,
    body: unknown,
    headers: Record<string, string | undefined> = {},
  ): Promise<{ status: number; body: Record<string, unknown>; cookie: string | undefined }> {
    const all = {
      origin: this.origin,
      'content-type': 'application/json',
      'x-salvus': '1',
      ...headers,
    }
    const kept = Object.entries(all).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const response = await fetch(new URL(`api/${name}`, this.ownUrl), {
      method: 'POST',
      headers: kept,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
      cookie: response.headers.get('set-cookie')?.split(';')[0],
    }
  }

  /** The first account. */
  admin(): Promise<TestAccount> {
    this.#admin ??= this.#signUp('Admin', 'admin@example.org', {
      setUpToken: this.hub.setUpUrl?.split('set-up=')[1],
    })
    return this.#admin
  }

  /** An account with an invitation of the admin's. */
  async person(name: string): Promise<TestAccount> {
    const admin = await this.browser(await this.admin())
    const email = `${name.toLowerCase()}${++this.#people}@example.org`
    const { link } = await admin.request(0, 'admin_invite', { email })
    return this.#signUp(name, email, { invitationToken: String(link).split('token=')[1] })
  }

  async signIn(email: string, password = PASSWORD): Promise<string> {
    const { cookie = '' } = await this.post('sign_in', { email, password })
    return cookie
  }

  /** A socket that has said hello. */
  async browser(account?: { readonly cookie: string }, origin = this.origin): Promise<TestBrowser> {
    // Of a person the browser only needs the cookie.
    const person = account as unknown as ConstructorParameters<typeof TestBrowser>[1]
    const browser = new TestBrowser(this.ownUrl, person, 'websocket', origin)
    this.#scope.defer(() => browser.end())
    await browser.opened
    await browser.hello()
    return browser
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.close()
  }

  async #signUp(name: string, email: string, right: object): Promise<TestAccount> {
    const answer = await this.post('sign_up', { name, email, password: PASSWORD, ...right })
    if (answer.status !== 200) throw new Error(`sign_up: ${JSON.stringify(answer.body)}`)
    const { accountId } = answer.body['account'] as { accountId: string }
    return { accountId, email, cookie: answer.cookie ?? '' }
  }
}

function hostOf({ address, secretFile }: TestProjectServer): object {
  return { host: 'local', address, secretFile }
}
