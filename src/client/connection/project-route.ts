import type {
  ClientToLocalHub,
  ClientToLocalHubNotices,
} from '../../messages/client-to-local-hub.ts'
import type { AnswerOf, NoticeOf, RequestOf } from '../../messages/define.ts'
import { encodeBinaryFrame, encodeChannelBody, decodeChannelBody } from '../../messages/frames.ts'
import type { ChannelId, ProjectId } from '../../messages/ids.ts'
import type { LocalHubToClient } from '../../messages/local-hub-to-client.ts'
import { Value } from '../app/observable.ts'
import { ChannelListeners } from './channel-listeners.ts'
import type { RequestOptions } from './connection.ts'
import type { HubConnection } from './hub-connection.ts'
import type { RouteAt } from './move.ts'
import { NoticeListeners } from './notice-listeners.ts'
import { PendingRequests } from './pending-requests.ts'
import type { Message } from './pending-requests.ts'
import type { Channel, ProjectConnection, ProjectConnectionState } from './project-connection.ts'
import { RequestError } from './request-error.ts'

/** A project that has to be moved or made first takes longer than a request may. */
const OPEN_PROJECT_DEADLINE_MS = 120_000

type ClosedReason = Extract<ProjectConnectionState, { kind: 'closed' }>['reason']

/** The states and their transitions are drawn in project-connection.ts. */
export class ProjectRoute implements ProjectConnection {
  readonly projectId: ProjectId
  readonly state: Value<ProjectConnectionState>
  readonly epoch = new Value(0)
  readonly #connection: HubConnection
  readonly #requests = new PendingRequests(
    (json) => this.#sendText(json),
    () => this.#connection.requestSettled(),
  )
  readonly #notices = new NoticeListeners<LocalHubToClient>()
  readonly #channels = new ChannelListeners()
  readonly #stops: (() => void)[]
  /** Undefined unless open. */
  #route: number | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  /** Aborts the `open_project` that is under way. */
  #opening: AbortController | undefined

  constructor(projectId: ProjectId, connection: HubConnection) {
    this.projectId = projectId
    this.#connection = connection
    this.state = new Value<ProjectConnectionState>({ kind: 'opening', sinceMs: Date.now() })
    this.#stops = [
      connection.on('route_closed', ({ route, reason }) => {
        if (route === this.#route) this.#routeClosed(reason)
      }),
      connection.on('role_changed', ({ route, role }) => {
        if (route === this.#route) this.state.set({ kind: 'open', role, sinceMs: Date.now() })
      }),
      connection.on('project_starting', ({ projectId: starting, phase }) => {
        const state = this.state.get()
        if (starting === projectId && state.kind === 'opening')
          this.state.set({ kind: 'opening', sinceMs: state.sinceMs, phase })
      }),
    ]
  }

  request<E extends keyof ClientToLocalHub & string>(
    event: E,
    body: RequestOf<ClientToLocalHub, E>,
    options: RequestOptions = {},
  ): Promise<AnswerOf<ClientToLocalHub, E>> {
    if (this.#route === undefined)
      return Promise.reject(new RequestError('closed', 'There is no connection to the project.'))
    return new Promise((resolve, reject) => {
      this.#requests.start(event, body, options, (result) => {
        if ('error' in result) reject(result.error)
        else {
          this.#channels.expect(result.answer['channel'])
          // The table ties the answer's type to the event.
          resolve(result.answer as AnswerOf<ClientToLocalHub, E>)
        }
      })
    })
  }

  notify<E extends keyof ClientToLocalHubNotices & string>(
    event: E,
    body: NoticeOf<ClientToLocalHubNotices, E>,
  ): void {
    this.#sendText(JSON.stringify({ ...body, event }))
  }

  on<E extends keyof LocalHubToClient & string>(
    event: E,
    listener: (notice: NoticeOf<LocalHubToClient, E>) => void,
  ): () => void {
    return this.#notices.add(event, listener)
  }

  openChannel(channel: ChannelId, onPayload: (payload: Uint8Array) => void): Channel {
    const epoch = this.epoch.get()
    const close = this.#channels.open(channel, onPayload)
    return {
      send: (payload) => {
        // A channel of an earlier opening may have the number of another's now.
        if (this.#route === undefined || epoch !== this.epoch.get()) return
        const body = encodeChannelBody(channel, payload)
        this.#connection.sendBytes(encodeBinaryFrame(this.#route, body))
      },
      close,
    }
  }

  reopen(): void {
    if (this.state.get().kind !== 'closed') return
    this.#attempt = 0
    this.state.set({ kind: 'opening', sinceMs: Date.now() })
    this.#open()
  }

  close(): void {
    for (const stop of this.#stops) stop()
    const route = this.#route
    this.#leave()
    this.#connection.forgetProject(this)
    if (route === undefined) return
    // Answered or not: the connection's end closes the route as well.
    this.#connection.start('close_route', { route }, {}, () => undefined)
  }

  connectionOpened(): void {
    if (this.state.get().kind === 'closed') return
    this.#attempt = 0
    this.#open()
  }

  /** After `connectionLost`, in the same turn: the next hub has the project open already. */
  connectionMoved(at: RouteAt): void {
    if (this.state.get().kind === 'closed') return
    this.#opened(at)
  }

  get isOpen(): boolean {
    return this.#route !== undefined
  }

  get isWaiting(): boolean {
    return this.#requests.isWaiting
  }

  connectionLost(): void {
    const { kind } = this.state.get()
    this.#leave()
    if (kind === 'open' || kind === 'opening') this.state.set({ kind: 'lost', sinceMs: Date.now() })
  }

  receive(message: Message): void {
    const event = message['event']
    if (event === 'answer' || event === 'error') this.#requests.receive(message)
    else if (typeof event === 'string') this.#notices.tell(event, message)
  }

  receiveBytes(body: Uint8Array): void {
    const { channel, payload } = decodeChannelBody(body)
    this.#channels.tell(channel, payload)
  }

  #open(): void {
    clearTimeout(this.#retry)
    this.#opening?.abort()
    const opening = new AbortController()
    this.#opening = opening
    this.state.set({ kind: 'opening', sinceMs: Date.now() })
    const options = { signal: opening.signal, deadlineMs: OPEN_PROJECT_DEADLINE_MS }
    this.#connection.start('open_project', { projectId: this.projectId }, options, (result) => {
      if (this.#opening !== opening) return
      this.#opening = undefined
      if ('error' in result) this.#refused(result.error)
      // The table ties this answer to `open_project`.
      else this.#opened(result.answer as Message & RouteAt)
    })
  }

  #opened({ route, role }: RouteAt): void {
    this.#route = route
    this.#attempt = 0
    this.#connection.claimRoute(route, this)
    this.state.set({ kind: 'open', role, sinceMs: Date.now() })
    this.epoch.update((epoch) => epoch + 1)
  }

  #refused(error: unknown): void {
    const refusal = error instanceof RequestError ? error : undefined
    switch (refusal?.code) {
      case 'not_found':
      case 'forbidden':
        this.#end('removed')
        break
      case 'not_signed_in':
        this.#end('signed_out')
        break
      case 'project_start_failed':
      case 'internal':
      case 'bad_message':
        this.#end('failed', refusal?.message)
        break
      case 'closed':
        // The connection is away; its next opening opens this again.
        this.state.set({ kind: 'lost', sinceMs: Date.now() })
        break
      default:
        this.#retryIn(refusal?.retryAfterMs)
    }
  }

  #retryIn(delayMs = this.#connection.retryDelayMs(this.#attempt)): void {
    this.#attempt++
    this.#retry = setTimeout(() => this.#open(), delayMs)
  }

  #routeClosed(reason: ClosedReason | 'lost' | 'restarting'): void {
    this.#leave()
    if (reason === 'lost' || reason === 'restarting') {
      this.state.set({ kind: 'lost', sinceMs: Date.now() })
      this.#retryIn()
    } else this.#end(reason)
  }

  #end(reason: ClosedReason, message?: string): void {
    const state = { kind: 'closed', reason, sinceMs: Date.now() } as const
    this.state.set(message === undefined ? state : { ...state, message })
  }

  /** Forgets the route with all that hung on it. */
  #leave(): void {
    clearTimeout(this.#retry)
    this.#opening?.abort()
    this.#opening = undefined
    if (this.#route !== undefined) this.#connection.releaseRoute(this.#route)
    this.#route = undefined
    this.#channels.clear()
    this.#requests.failAll('closed', 'The connection to the project was lost.')
  }

  #sendText(json: string): void {
    if (this.#route !== undefined) this.#connection.sendText(this.#route, json)
  }
}
