import type { ClientToHub } from '../../messages/client-to-hub.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../../messages/define.ts'
import { decodeBinaryFrame, decodeTextFrame, encodeTextFrame } from '../../messages/frames.ts'
import type { HubToClient } from '../../messages/hub-to-client.ts'
import type { ProjectId } from '../../messages/ids.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PROTOCOL_VERSION } from '../../messages/version.ts'
import { Value, waitFor } from '../app/observable.ts'
import { backoffMs } from './backoff.ts'
import type { Connection, ConnectionState, RequestOptions } from './connection.ts'
import type { Network } from './network.ts'
import { Move } from './move.ts'
import { NoticeListeners } from './notice-listeners.ts'
import { PendingRequests } from './pending-requests.ts'
import type { Message, Settle } from './pending-requests.ts'
import { ProjectRoute } from './project-route.ts'
import { RequestError } from './request-error.ts'
import type { OpenTransport, Transport, TransportEvents } from './transport.ts'

export type Hello = AnswerOf<ClientToHub, 'hello'>

export interface HubConnectionOptions {
  readonly openTransport: OpenTransport
  readonly network: Network
  /** Names the build of this page, for the hub's log. */
  readonly build: string
  /** What the hub said of itself and of who is signed in; at each connection, before `state` is `connected`. */
  readonly onHello: (hello: Hello) => void
  readonly random?: () => number
}

/** An attempt that is not connected after this long is given up. The first is shorter: then websockets are avoided. */
const OPEN_DEADLINE_MS = 10_000
const FIRST_OPEN_DEADLINE_MS = 4_000

/** After the network came back, or the page was seen again: a connection that does not answer so soon is dead. */
const LIVENESS_DEADLINE_MS = 5_000

const CONNECTION_LOST = 'The connection to the server was lost.'

/** A page that leaves its hub waits so long for answers that are under way. */
const LAST_ANSWERS_MS = 2_000

/**
 * The one owner of connecting and reconnecting. One transport serves at a time; an event of an earlier one changes
 * nothing (I1). Routes are told of a loss before anything new is opened (I2), but where a hub asks to be left: then the
 * next one is made ready beside it, and takes over in one turn (move.ts).
 */
export class HubConnection implements Connection {
  readonly #options: HubConnectionOptions
  readonly #state = new Value<ConnectionState>({ kind: 'connecting', sinceMs: Date.now() })
  readonly #notices = new NoticeListeners<HubToClient>()
  readonly #requests = new PendingRequests(
    (json) => this.sendText(0, json),
    () => this.requestSettled(),
  )
  readonly #projects = new Set<ProjectRoute>()
  readonly #routes = new Map<number, ProjectRoute>()
  readonly #stopNetwork: () => void
  #transport: Transport | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #move: Move | undefined
  #isReadyToMove = false
  #moveTimer: ReturnType<typeof setTimeout> | undefined
  /** Attempts since the last that succeeded. */
  #attempt = 0
  #avoidWebsockets = false
  #closed = false

  constructor(options: HubConnectionOptions) {
    this.#options = options
    this.#stopNetwork = options.network.listen(() => this.#networkChanged())
    this.on('draining', ({ withinMs }) => this.#moveWithin(withinMs))
    this.#connect()
  }

  get state(): Value<ConnectionState> {
    return this.#state
  }

  request<E extends keyof ClientToHub & string>(
    event: E,
    body: RequestOf<ClientToHub, E>,
    options: RequestOptions = {},
  ): Promise<AnswerOf<ClientToHub, E>> {
    return new Promise((resolve, reject) => {
      this.start(event, body, options, (result) => {
        if ('error' in result) reject(result.error)
        // The table ties the answer's type to the event.
        else resolve(result.answer as AnswerOf<ClientToHub, E>)
      })
    })
  }

  /** As `request`, with the answer given synchronously, before the next frame is read. */
  start<E extends keyof ClientToHub & string>(
    event: E,
    body: RequestOf<ClientToHub, E>,
    options: RequestOptions,
    settle: Settle,
  ): void {
    if (this.#state.get().kind === 'connected') this.#requests.start(event, body, options, settle)
    else settle({ error: new RequestError('closed', 'There is no connection to the server.') })
  }

  on<E extends keyof HubToClient & string>(
    event: E,
    listener: (notice: NoticeOf<HubToClient, E>) => void,
  ): () => void {
    return this.#notices.add(event, listener)
  }

  openProject(projectId: ProjectId): ProjectRoute {
    const route = new ProjectRoute(projectId, this)
    this.#projects.add(route)
    if (this.#state.get().kind === 'connected') route.connectionOpened()
    return route
  }

  /** For routes only: from now on the frames of this number are this route's. */
  claimRoute(number: number, route: ProjectRoute): void {
    this.#routes.set(number, route)
  }

  releaseRoute(number: number): void {
    this.#routes.delete(number)
  }

  forgetProject(route: ProjectRoute): void {
    this.#projects.delete(route)
  }

  sendText(route: number, json: string): void {
    this.#transport?.send(encodeTextFrame(route, json))
  }

  sendBytes(frame: Uint8Array): void {
    this.#transport?.send(frame)
  }

  /** Milliseconds to wait before an attempt; routes that reopen themselves use the same rule. */
  retryDelayMs(attempt: number): number {
    return backoffMs(attempt, this.#options.random ?? Math.random)
  }

  reconnectNow(): void {
    const { kind } = this.#state.get()
    if (this.#closed || kind === 'connected' || kind === 'old_version' || this.#transport) return
    this.#connect()
  }

  async restart(): Promise<void> {
    this.#drop()
    this.#attempt = 0
    this.#connect()
    await waitFor(
      this.#state,
      (state) => state.kind === 'connected',
      AbortSignal.timeout(2 * OPEN_DEADLINE_MS),
    )
  }

  close(): void {
    this.#closed = true
    this.#stopNetwork()
    this.#drop()
  }

  #connect(): void {
    clearTimeout(this.#timer)
    if (this.#closed) return
    if (!this.#options.network.online()) {
      this.#setKind('offline')
      return
    }
    if (this.#state.get().kind !== 'connecting') this.#setKind('reconnecting')
    const first = this.#attempt === 0 && !this.#avoidWebsockets
    const { received, ended } = this.#eventsOf(() => transport)
    const transport: Transport = this.#options.openTransport(
      { opened: () => transport === this.#transport && this.#greet(), received, ended },
      { avoidWebsockets: this.#avoidWebsockets },
    )
    this.#transport = transport
    this.#timer = setTimeout(
      () => {
        this.#avoidWebsockets = !this.#avoidWebsockets
        this.#ended()
      },
      first ? FIRST_OPEN_DEADLINE_MS : OPEN_DEADLINE_MS,
    )
  }

  /** (I1): what an earlier transport says is compared with the present one. */
  #eventsOf(transport: () => Transport): Pick<TransportEvents, 'received' | 'ended'> {
    const mine = (): boolean => transport() === this.#transport
    return {
      received: (frame) => mine() && this.#receive(frame),
      ended: () => mine() && this.#ended(),
    }
  }

  #greet(): void {
    const body = { version: PROTOCOL_VERSION, build: this.#options.build }
    this.#requests.start('hello', body, { deadlineMs: OPEN_DEADLINE_MS }, (result) => {
      if ('answer' in result) this.#welcome(result.answer as Hello & Message)
      else if (result.error instanceof RequestError && result.error.code === 'old_version') {
        this.#setKind('old_version')
        this.close()
      } else if (this.#transport) this.#ended()
    })
  }

  #welcome(hello: Hello): void {
    clearTimeout(this.#timer)
    this.#attempt = 0
    this.#options.onHello(hello)
    this.#setKind('connected')
    for (const project of [...this.#projects]) project.connectionOpened()
  }

  #receive(frame: string | Uint8Array): void {
    try {
      if (typeof frame === 'string') this.#receiveText(frame)
      else {
        const { route, body } = decodeBinaryFrame(frame)
        this.#routes.get(route)?.receiveBytes(body)
      }
    } catch (error) {
      // A frame of our own hub that does not parse: dropped alone, the rest goes on.
      reportError(error)
    }
  }

  #receiveText(frame: string): void {
    const { route, json } = decodeTextFrame(frame)
    const message = parseJson(json) as Message
    if (route !== 0) {
      this.#routes.get(route)?.receive(message)
      return
    }
    const event = message['event']
    if (event === 'answer' || event === 'error') this.#requests.receive(message)
    else if (typeof event === 'string') this.#notices.tell(event, message)
  }

  #ended(): void {
    if (this.#isReadyToMove) {
      this.#takeOver()
      return
    }
    this.#drop()
    if (this.#closed) return
    if (!this.#options.network.online()) {
      this.#setKind('offline')
      return
    }
    const delayMs = this.retryDelayMs(this.#attempt++)
    const { kind, sinceMs } = this.#state.get()
    const stays = kind === 'reconnecting' || kind === 'connecting'
    this.#state.set({
      kind: kind === 'connecting' ? 'connecting' : 'reconnecting',
      sinceMs: stays ? sinceMs : Date.now(),
      nextAttemptMs: Date.now() + delayMs,
    })
    this.#timer = setTimeout(() => this.#connect(), delayMs)
  }

  /** Ends the transport and all that hung on it (I2). */
  #drop(): void {
    clearTimeout(this.#timer)
    this.#cancelMove()
    const transport = this.#transport
    this.#transport = undefined
    transport?.close()
    if (this.#state.get().kind === 'connected') this.#setKind('reconnecting')
    this.#failAll()
  }

  #failAll(): void {
    this.#routes.clear()
    this.#requests.failAll('closed', CONNECTION_LOST)
    for (const project of [...this.#projects]) project.connectionLost()
  }

  #networkChanged(): void {
    if (this.#closed) return
    if (!this.#options.network.online()) {
      this.#drop()
      this.#setKind('offline')
    } else if (this.#state.get().kind === 'connected') this.#proveAlive()
    else this.reconnectNow()
  }

  #proveAlive(): void {
    const asked = this.#transport
    this.#requests.start('ping', {}, { deadlineMs: LIVENESS_DEADLINE_MS }, (result) => {
      if ('error' in result && asked && asked === this.#transport) this.#ended()
    })
  }

  /** The hub is about to stop: pages leave it spread over half of the time that it gives. */
  #moveWithin(withinMs: number): void {
    const random = this.#options.random ?? Math.random
    this.#cancelMove()
    this.#moveTimer = setTimeout(() => this.#prepareMove(0), (random() * withinMs) / 2)
  }

  #prepareMove(attempt: number): void {
    const { openTransport, build } = this.#options
    this.#move = new Move({
      openTransport,
      avoidWebsockets: this.#avoidWebsockets,
      build,
      projects: [...this.#projects].filter((one) => one.isOpen).map((one) => one.projectId),
      // What was asked of the old hub is answered first, if that does not take long.
      onReady: () => {
        this.#isReadyToMove = true
        this.#moveTimer = setTimeout(() => this.#takeOver(), LAST_ANSWERS_MS)
        this.requestSettled()
      },
      // The way in may still lead to the hub that is being left.
      onFailed: () => {
        this.#cancelMove()
        const waitMs = this.retryDelayMs(attempt)
        this.#moveTimer = setTimeout(() => this.#prepareMove(attempt + 1), waitMs)
      },
    })
  }

  /** For routes: something that was asked has been answered or given up. */
  requestSettled(): void {
    if (!this.#isReadyToMove) return
    const waiting = [this.#requests, ...this.#projects].some(({ isWaiting }) => isWaiting)
    if (!waiting) this.#takeOver()
  }

  /** Ends the old transport and goes on with the other one, in one turn. */
  #takeOver(): void {
    const old = this.#transport
    const moved = this.#move?.takeOver((transport) => this.#eventsOf(() => transport))
    this.#cancelMove()
    if (moved === undefined) return
    this.#transport = moved.transport
    this.#failAll()
    old?.close()
    // The table of messages ties this answer to `hello`.
    this.#options.onHello(moved.hello as Hello & Message)
    this.#state.set({ ...this.#state.get() })
    const routes = new Map(moved.routes)
    for (const project of [...this.#projects]) {
      const at = routes.get(project.projectId)
      routes.delete(project.projectId)
      if (at === undefined) project.connectionOpened()
      else project.connectionMoved(at)
    }
    // Of projects that were left meanwhile.
    for (const { route } of routes.values())
      this.start('close_route', { route }, {}, () => undefined)
    for (const frame of moved.early) this.#receive(frame)
  }

  #cancelMove(): void {
    clearTimeout(this.#moveTimer)
    this.#isReadyToMove = false
    this.#move?.cancel()
    this.#move = undefined
  }

  #setKind(kind: ConnectionState['kind']): void {
    if (this.#state.get().kind !== kind) this.#state.set({ kind, sinceMs: Date.now() })
  }
}
