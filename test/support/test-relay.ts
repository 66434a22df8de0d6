import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { randomUUID } from 'node:crypto'

import Primus from 'primus'

import { closableServer } from '../../src/daemon/closable-server.ts'
import { silentLogger } from '../../src/daemon/logging.ts'
import { inProcessBus } from '../../src/hub/bus/in-process.ts'
import { CatchUp } from '../../src/hub/catch-up.ts'
import { hostClaims } from '../../src/hub/projects/host-claims.ts'
import { Relay } from '../../src/hub/relay/relay.ts'
import type { RelayOptions } from '../../src/hub/relay/relay.ts'
import { PRIMUS_OPTIONS } from '../../src/hub/relay/primus-options.ts'
import type { Account } from '../../src/messages/account.ts'
import { clientToHub } from '../../src/messages/client-to-hub.ts'
import {
  decodeBinaryFrame,
  decodeTextFrame,
  encodeBinaryFrame,
  encodeTextFrame,
} from '../../src/messages/frames.ts'
import type { ErrorCode } from '../../src/messages/errors.ts'
import { CodedError } from '../../src/util/coded-error.ts'
import { accountId, sessionId } from '../../src/messages/ids.ts'
import type { AccountId, ProjectId, Role, SessionId } from '../../src/messages/ids.ts'
import { PROTOCOL_VERSION } from '../../src/messages/version.ts'
import type { TestProjectServer } from './test-project-server.ts'

export const ORIGIN = 'http://localhost:8080'

export interface TestPerson {
  readonly account: Account
  readonly sessionId: SessionId
  readonly cookie: string
}

type Handlers = ReturnType<RelayOptions['handlers']>

/** A real relay on a real server, where people and their roles are kept in memory. */
export class TestRelay implements AsyncDisposable {
  readonly relay: Relay
  readonly basePath: string
  readonly bus = inProcessBus(silentLogger())
  readonly roles = new Map<string, Role>()
  /** Projects in the trash: they get no place. */
  readonly deleted = new Set<ProjectId>()
  readonly #people = new Map<string, TestPerson>()
  readonly #server: Server
  readonly #closeServer: () => Promise<void>
  readonly #browsers: TestBrowser[] = []

  static async start(projects: TestProjectServer, basePath = '/'): Promise<TestRelay> {
    const server = createServer((_request, response) => response.writeHead(404).end('not here'))
    const relay = new TestRelay(server, projects, basePath)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return relay
  }

  private constructor(server: Server, projects: TestProjectServer, basePath: string) {
    this.#server = server
    this.#closeServer = closableServer(server)
    this.basePath = basePath
    this.relay = new Relay({
      server,
      basePath: this.basePath,
      allowedOrigins: [ORIGIN],
      hubId: 'test relay',
      hosts: [{ host: 'local', address: projects.address, secret: projects.secret }],
      authenticate: async (cookie) => this.#people.get(cookie ?? ''),
      addressOf: () => '127.0.0.1',
      accountOf: async (id) =>
        [...this.#people.values()].find(({ account }) => account.accountId === id)?.account,
      sessionLives: async () => true,
      roleOf: async (account, project) => this.roles.get(`${account} ${project}`),
      place: async (projectId) => {
        const found = await projects.places.locations.get(projectId)
        if (!this.deleted.has(projectId)) return { host: 'local', foundEpoch: found?.epoch }
        throw new CodedError<ErrorCode>('not_found', 'This project is in the trash.')
      },
      hostOf: async () => 'local',
      claimsOf: (host) => hostClaims(projects.places, host),
      bus: this.bus,
      catchUp: new CatchUp(silentLogger()),
      handlers: () => handlers(),
      requests: { putBlob: () => ({ stored: true }), onFileUsed: () => undefined },
      onProjectState: () => undefined,
      logger: silentLogger(),
    })
  }

  get url(): string {
    const address = this.#server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    return `http://127.0.0.1:${address.port}`
  }

  person(name: string): TestPerson {
    const person: TestPerson = {
      account: {
        accountId: accountId.parse(randomUUID()),
        name,
        email: `${name}@example.org`,
        emailVerified: true,
        admin: false,
        settings: {},
        createdMs: 0,
      },
      sessionId: sessionId.parse(randomUUID()),
      cookie: `salvus=${randomUUID()}`,
    }
    this.#people.set(person.cookie, person)
    return person
  }

  setRole(who: AccountId, project: ProjectId, role: Role | undefined): void {
    const key = `${who} ${project}`
    if (role) this.roles.set(key, role)
    else this.roles.delete(key)
    this.bus.publish(`project.${project}`, { kind: 'role_changed', accountId: who, role })
  }

  async browser(
    person: TestPerson | undefined,
    transport: Transport,
    origin = ORIGIN,
  ): Promise<TestBrowser> {
    const browser = new TestBrowser(`${this.url}${this.basePath}`, person, transport, origin)
    this.#browsers.push(browser)
    await browser.opened
    return browser
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const browser of this.#browsers) browser.end()
    await this.relay[Symbol.asyncDispose]()
    this.#server.closeAllConnections()
    await this.#closeServer()
  }
}

export type Transport = 'websocket' | 'polling' | 'upgrade'

interface Message {
  readonly event: string
  readonly [field: string]: unknown
}

interface PrimusClient {
  on(event: string, listener: (data: never) => void): void
  write(data: unknown): void
  end(): void
  socket: { transport: { name: string } }
}

/** The client of Primus itself, in Node, with frames as a page sends them. */
export class TestBrowser {
  readonly messages: { route: number; message: Message }[] = []
  readonly binary: { route: number; body: Uint8Array }[] = []
  readonly opened: Promise<void>
  ended = false
  readonly #client: PrimusClient
  readonly #waiting = new Set<() => void>()
  #lastId = 0

  constructor(url: string, person: TestPerson | undefined, transport: Transport, origin: string) {
    const { pathname, origin: base } = new URL(`${url}hub`)
    const library = Primus as unknown as {
      createSocket(options: object): new (url: string, options: object) => PrimusClient
    }
    const Client = library.createSocket({ ...PRIMUS_OPTIONS, pathname })
    const cookie = person === undefined ? {} : { cookie: person.cookie }
    this.#client = new Client(base, {
      strategy: false,
      websockets: transport !== 'polling',
      transport: { extraHeaders: { origin, ...cookie } },
    })
    this.opened = new Promise((resolve, reject) => {
      this.#client.on('open', () => resolve())
      this.#client.on('error', (error: Error) => reject(error))
    })
    this.#client.on('data', (data: unknown) => this.#receive(data))
    this.#client.on('end', () => {
      this.ended = true
      this.#wake()
    })
  }

  get transport(): string {
    return this.#client.socket.transport.name
  }

  async request(route: number, event: string, body: object = {}): Promise<Message> {
    const id = ++this.#lastId
    this.send(route, { ...body, event, id })
    const answer = (): Message | undefined =>
      this.messages.find((one) => one.route === route && one.message['id'] === id)?.message
    await this.until(() => answer() !== undefined)
    return answer() ?? { event: '' }
  }

  hello(): Promise<Message> {
    return this.request(0, 'hello', { version: PROTOCOL_VERSION, build: 'test' })
  }

  send(route: number, message: object): void {
    this.#client.write(encodeTextFrame(route, JSON.stringify(message)))
  }

  sendRaw(data: unknown): void {
    this.#client.write(data)
  }

  sendBinary(route: number, body: Uint8Array): void {
    this.#client.write(Buffer.from(encodeBinaryFrame(route, body)))
  }

  notice(event: string): Message | undefined {
    return this.messages.findLast(({ message }) => message.event === event)?.message
  }

  end(): void {
    this.#client.end()
  }

  until(condition: () => boolean, deadlineMs = 60_000): Promise<void> {
    if (condition()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        const last = JSON.stringify(this.messages.slice(-3))
        reject(new Error(`not within ${deadlineMs} ms: ${String(condition)}; last: ${last}`))
      }, deadlineMs)
      const check = (): void => {
        if (!condition()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
    })
  }

  #receive(data: unknown): void {
    if (typeof data === 'string') {
      const { route, json } = decodeTextFrame(data)
      this.messages.push({ route, message: JSON.parse(json) as Message })
    } else {
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : (data as Uint8Array)
      this.binary.push(decodeBinaryFrame(bytes))
    }
    this.#wake()
  }

  #wake(): void {
    for (const check of this.#waiting) check()
  }
}

/** Only what these tests ask of a hub beside its routes. */
function handlers(): Handlers {
  const none = Object.keys(clientToHub).map((event) => [
    event,
    () => {
      throw new Error(`${event} is not of these tests`)
    },
  ])
  return {
    ...Object.fromEntries(none),
    hello: (_request: object, connection: { account: Account | undefined }) => ({
      version: PROTOCOL_VERSION,
      build: 'test',
      site: { name: 'Test', signUp: 'open', mail: false, helpAddress: '' },
      ...(connection.account ? { account: connection.account } : {}),
      serverTimeMs: Date.now(),
    }),
    ping: () => ({}),
  }
}
