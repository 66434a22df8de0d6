import type { IncomingMessage, Server } from 'node:http'
import Primus from 'primus'
import type { Refusal, Spark } from 'primus'

import { within } from '../../daemon/life-cycle.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { Isolation } from '../../messages/admin.ts'
import { clientToHub } from '../../messages/client-to-hub.ts'
import type { ClientToHub } from '../../messages/client-to-hub.ts'
import { createDispatch } from '../../messages/dispatch.ts'
import type { Dispatch, RequestHandlers } from '../../messages/dispatch.ts'
import { ERRORS } from '../../messages/errors.ts'
import { decodeBinaryFrame, decodeTextFrame } from '../../messages/frames.ts'
import { BINARY_FRAME_BYTES_MAX } from '../../messages/limits.ts'
import type { Authenticate, SignedIn } from '../auth/authenticate.ts'
import type { Bus } from '../bus/bus.ts'
import type { CatchUp } from '../catch-up.ts'
import type { HubConnection, HubHandlers } from '../handler.ts'
import type { OpenProjectAsHub } from '../http/raw-files.ts'
import type { ProjectHosts } from '../projects/hosts.ts'
import { createAuthorize } from './authorize.ts'
import { BrowserConnection } from './browser-connection.ts'
import { createOpenAsHub } from './open-as-hub.ts'
import { isAllowedOrigin } from './origin.ts'
import { PRIMUS_OPTIONS } from './primus-options.ts'
import type { LocalHubRequests } from './project-link.ts'
import { ProjectLinks } from './project-links.ts'
import type { HostOfProject, PlaceProject } from './project-links.ts'
import type { HostAddress } from './host-link.ts'
import { ProjectServers } from './project-servers.ts'
import type { ProjectServersOptions } from './project-servers.ts'
import { guardRequests } from './request-guard.ts'
import { Rights } from './rights.ts'
import type { RightsOptions } from './rights.ts'
import { Routes } from './routes.ts'
import type { RoleOf } from './routes.ts'
import { receiveStraight } from './straight-socket.ts'

/** A binary frame as base64 in a POST of long polling; beyond it engine.io closes before it is kept. */
const TRANSPORT_BYTES_MAX = Math.ceil((BINARY_FRAME_BYTES_MAX * 4) / 3) + 4096

type RouteEvents = 'open_project' | 'close_route' | 'stop_project' | 'restart_project'

export interface RelayOptions {
  /** The application's HTTP server: Primus listens on `<basePath>hub` and leaves the rest alone. */
  readonly server: Server
  /** Begins and ends with a slash. */
  readonly basePath: string
  /** Origins of the app's pages, as browsers send them. */
  readonly allowedOrigins: readonly string[]
  /** Unique among the hubs. */
  readonly hubId: string
  readonly hosts: readonly HostAddress[]
  readonly claimsOf: ProjectServersOptions['claimsOf']
  readonly authenticate: Authenticate
  /** Of the person, behind proxies that are trusted. */
  readonly addressOf: (request: IncomingMessage) => string
  readonly accountOf: RightsOptions['accountOf']
  readonly sessionLives: RightsOptions['sessionLives']
  readonly roleOf: RoleOf
  readonly place: PlaceProject
  readonly hostOf: HostOfProject
  readonly bus: Bus
  readonly catchUp: CatchUp
  /** All that is asked on route 0 but the routes themselves. */
  readonly handlers: (hosts: ProjectHosts) => HubHandlers<Exclude<keyof ClientToHub, RouteEvents>>
  readonly requests: LocalHubRequests
  readonly onProjectState: ProjectServersOptions['onState']
  readonly logger: Logger
}

/** Browsers on one side, projects on the other; between them frames pass unread. */
export class Relay implements AsyncDisposable {
  readonly hosts: ProjectHosts
  /** The hub as a client of a project, for raw files. */
  readonly openAsHub: OpenProjectAsHub
  readonly #options: RelayOptions
  readonly #servers: ProjectServers
  readonly #links: ProjectLinks
  readonly #routes: Routes
  readonly #rights: Rights
  readonly #dispatch: Dispatch<BrowserConnection>
  readonly #primus: Primus
  readonly #connections = new Set<BrowserConnection>()
  /** Who a handshake came from, until its connection is made. */
  readonly #signedIn = new WeakMap<IncomingMessage, SignedIn>()
  #lastConnection = 0
  #draining = false
  #onLastLeft: (() => void) | undefined

  constructor(options: RelayOptions) {
    this.#options = options
    const { hubId, hosts, claimsOf, place, hostOf, requests, logger } = options
    const { bus, catchUp, roleOf } = options
    this.#servers = new ProjectServers({
      hubId,
      hosts,
      claimsOf,
      logger,
      onPhase: (projectId, phase, elapsedMs) => this.#routes.phase(projectId, phase, elapsedMs),
      onState: options.onProjectState,
    })
    this.#links = new ProjectLinks({
      hubId,
      servers: this.#servers,
      place,
      hostOf,
      requests,
      logger,
    })
    const stateOf = this.#servers.stateOf.bind(this.#servers)
    this.#routes = new Routes({ links: this.#links, bus, catchUp, roleOf, stateOf })
    this.#rights = new Rights(options)
    this.openAsHub = createOpenAsHub(this.#links)
    this.hosts = this.#projectHosts()
    this.#dispatch = this.#createDispatch()
    this.#primus = this.#listen()
  }

  /** Takes nobody new, and asks every browser to move to another hub. Resolves when the last has, or the time is up. */
  async drain(withinMs: number): Promise<void> {
    this.#draining = true
    for (const connection of this.#connections) connection.notify('draining', { withinMs })
    if (this.#connections.size === 0) return
    const left = new Promise<void>((resolve) => {
      this.#onLastLeft = resolve
    })
    await within(left, withinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close('this hub stops')
    await new Promise<void>((resolve) => this.#primus.destroy({ close: false }, resolve))
    await this.#links[Symbol.asyncDispose]()
    await this.#servers[Symbol.asyncDispose]()
  }

  #listen(): Primus {
    const { server, basePath, allowedOrigins } = this.#options
    const pathname = `${basePath}hub`
    const primus = new Primus(server, {
      ...PRIMUS_OPTIONS,
      pathname,
      maxLength: TRANSPORT_BYTES_MAX,
      compression: false,
      origins: allowedOrigins.join(','),
      iknowhttpsisbetter: true,
    })
    guardRequests(server, pathname)
    const allowed = new Set(allowedOrigins)
    primus.authorize((request, done) => {
      if (!isAllowedOrigin(request, allowed)) {
        this.#options.logger.warn({ origin: request.headers.origin }, 'bad_origin')
        done({ statusCode: 403, message: 'this origin may not connect' })
        return
      }
      void this.#check(request, done)
    })
    primus.on('connection', (spark) => this.#connected(spark))
    return primus
  }

  async #check(request: IncomingMessage, done: (refusal?: Refusal) => void): Promise<void> {
    if (this.#draining && !isOfConnection(request)) {
      done({ statusCode: 503, message: 'this hub is being stopped: another one serves' })
      return
    }
    try {
      await this.#authenticate(request)
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a handshake could not be checked')
      done({ statusCode: 503, message: 'sessions can not be checked now' })
      return
    }
    done()
  }

  async #authenticate(request: IncomingMessage): Promise<void> {
    if (isOfConnection(request)) return
    const { authenticate, addressOf } = this.#options
    const signedIn = await authenticate(request.headers.cookie, addressOf(request))
    if (signedIn) this.#signedIn.set(request, signedIn)
  }

  #connected(spark: Spark): void {
    const { logger, addressOf } = this.#options
    const signedIn = this.#signedIn.get(spark.request)
    const id = ++this.#lastConnection
    const connection = new BrowserConnection(spark, {
      id,
      account: signedIn?.account,
      sessionId: signedIn?.sessionId,
      address: addressOf(spark.request),
      logger: logger.child({ connection: id }),
    })
    this.#connections.add(connection)
    connection.closed.addEventListener('abort', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#onLastLeft?.()
    })
    if (signedIn) this.#rights.watch(connection, signedIn.account.accountId)
    const receive = (data: unknown): void => this.#receive(connection, data)
    spark.on('data', receive)
    receiveStraight(spark.socket, receive)
    spark.on('heartbeat', () => this.#rights.used(connection))
  }

  #receive(connection: BrowserConnection, data: unknown): void {
    this.#rights.used(connection)
    try {
      if (typeof data === 'string') this.#receiveText(connection, data)
      else if (data instanceof Uint8Array) this.#receiveBinary(connection, data)
    } catch (error) {
      this.#options.logger.warn({ err: error, connection: connection.id }, 'a frame was refused')
    }
  }

  #receiveText(connection: BrowserConnection, data: string): void {
    const { route, json } = decodeTextFrame(data)
    if (route === 0) {
      this.#dispatch(json, connection, (answer) => connection.sendText(0, answer))
    } else if (connection.routes.get(route)?.client.sendText(json) === false) {
      connection.close('its project is too far behind')
    }
  }

  #receiveBinary(connection: BrowserConnection, data: Uint8Array): void {
    const { route, body } = decodeBinaryFrame(data)
    if (connection.routes.get(route)?.client.sendBinary(body) === false) {
      connection.close('its project is too far behind')
    }
  }

  #projectHosts(): ProjectHosts {
    const servers = this.#servers
    const connections = this.#connections
    const links = this.#links
    return {
      stateOf: (projectId) => servers.stateOf(projectId),
      isolation: () => weakest(servers),
      get clients() {
        return connections.size
      },
      get documents() {
        return links.counts.now
      },
      get projectsRunning() {
        return servers.running
      },
      get linked() {
        return servers.linked
      },
      get names() {
        return servers.names
      },
      unlinkedSince: (host) => servers.unlinkedSince(host),
      startOn: async (host, projectId, foundEpoch) => {
        await servers.start(host, projectId, foundEpoch)
      },
      stop: (projectId) => links.stop(projectId),
      purge: (projectId) => links.purge(projectId),
    }
  }

  #createDispatch(): Dispatch<BrowserConnection> {
    const { roleOf, logger } = this.#options
    const all: RequestHandlers<ClientToHub, BrowserConnection> = {
      ...this.#options.handlers(this.hosts),
      open_project: ({ projectId }, connection) => this.#routes.open(connection, projectId),
      close_route: ({ route }, connection) => {
        this.#routes.close(connection, route)
        return {}
      },
      stop_project: async ({ projectId }) => {
        await this.#routes.stop(projectId)
        return {}
      },
      restart_project: async ({ projectId }) => {
        await this.#routes.restart(projectId)
        return {}
      },
    }
    return createDispatch<ClientToHub, Readonly<Record<string, never>>, BrowserConnection>({
      requests: clientToHub,
      handlers: all,
      notices: {},
      noticeHandlers: {},
      authorize: createAuthorize(roleOf),
      onRefused: ({ event, error, cause }, connection: HubConnection) => {
        const { level } = ERRORS[error.code]
        const fields = { event, code: error.code, connection: connection.id }
        logger[level](level === 'error' ? { ...fields, err: cause } : fields, 'refused')
      },
    })
  }
}

/** Of long polling, or of its change to a websocket: it carries the unguessable id that its handshake was given. */
function isOfConnection(request: IncomingMessage): boolean {
  return /[?&]sid=/.test(request.url ?? '')
}

const WEAKEST_FIRST: readonly Isolation[] = ['none', 'bubblewrap', 'unix_user']

function weakest(servers: ProjectServers): ReturnType<ProjectHosts['isolation']> {
  for (const isolation of WEAKEST_FIRST) {
    const host = servers.described.find((described) => described.isolation === isolation)
    if (host) return { isolation, reason: host.isolationReason }
  }
  return undefined
}
