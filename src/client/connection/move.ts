import { decodeTextFrame, encodeTextFrame } from '../../messages/frames.ts'
import type { ProjectId, Role } from '../../messages/ids.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PROTOCOL_VERSION } from '../../messages/version.ts'
import { PendingRequests } from './pending-requests.ts'
import type { Message } from './pending-requests.ts'
import type { OpenTransport, Transport, TransportEvents } from './transport.ts'

/*
 *   opening ── connected, hello, open_project for each open route ──> ready ── takeOver() ──> taken over
 *      └── refused, ended, MOVE_DEADLINE_MS ──> failed <── ended ──────┘
 *
 * Failed, or cancelled before it was taken over: all stays as it was.
 */

/** A hub that is not ready for the page so soon is not the one to move to. */
const MOVE_DEADLINE_MS = 10_000

/** Frames for routes that come before they are taken over: who is in the project, some notices. */
const EARLY_FRAMES_MAX = 1_000

/** A route at the new hub. */
export interface RouteAt {
  readonly route: number
  readonly role: Role
}

/** A second connection that can do all that the first one does. */
export interface Moved {
  readonly transport: Transport
  readonly hello: Message
  readonly routes: ReadonlyMap<ProjectId, RouteAt>
  /** What came before it was taken over, to be read as what comes next. */
  readonly early: readonly (string | Uint8Array)[]
}

type Heir = Pick<TransportEvents, 'received' | 'ended'>

export interface MoveOptions {
  readonly openTransport: OpenTransport
  readonly avoidWebsockets: boolean
  readonly build: string
  readonly projects: readonly ProjectId[]
  /** Called once, unless it fails: now it can be taken over. */
  readonly onReady: () => void
  readonly onFailed: () => void
}

/**
 * Prepares a connection to another hub while the first one still serves: its person sees nothing of the change. A
 * project that can't be opened there is left out.
 */
export class Move {
  readonly #options: MoveOptions
  readonly #transport: Transport
  readonly #requests = new PendingRequests((json) => this.#transport.send(encodeTextFrame(0, json)))
  readonly #routes = new Map<ProjectId, RouteAt>()
  readonly #early: (string | Uint8Array)[] = []
  readonly #timer: ReturnType<typeof setTimeout>
  #state: 'opening' | 'ready' | 'over' = 'opening'
  #hello: Message | undefined
  #heir: Heir | undefined

  constructor(options: MoveOptions) {
    this.#options = options
    this.#timer = setTimeout(() => this.#fail(), MOVE_DEADLINE_MS)
    this.#transport = options.openTransport(
      {
        opened: () => this.#greet(),
        received: (frame) => this.#receive(frame),
        ended: () => (this.#heir ? this.#heir.ended() : this.#fail()),
      },
      { avoidWebsockets: options.avoidWebsockets },
    )
  }

  /** The first connection is gone, or the page ends. */
  cancel(): void {
    if (this.#state === 'over') return
    this.#end()
    this.#transport.close()
  }

  /** Once it is ready: what comes from now on is the heir's. */
  takeOver(heir: (transport: Transport) => Heir): Moved | undefined {
    if (this.#state !== 'ready' || this.#hello === undefined) return undefined
    this.#heir = heir(this.#transport)
    this.#end()
    return {
      ...{ transport: this.#transport, hello: this.#hello },
      ...{ routes: this.#routes, early: this.#early },
    }
  }

  #greet(): void {
    const body = { version: PROTOCOL_VERSION, build: this.#options.build }
    this.#requests.start('hello', body, {}, (result) => {
      if ('error' in result) this.#fail()
      else this.#openNext(result.answer, [...this.#options.projects])
    })
  }

  /** One after the other: most pages have one. */
  #openNext(hello: Message, rest: ProjectId[]): void {
    const projectId = rest.shift()
    if (projectId === undefined) {
      this.#ready(hello)
      return
    }
    this.#requests.start('open_project', { projectId }, {}, (result) => {
      if (this.#state === 'over') return
      // The table of messages ties this answer to `open_project`.
      if ('answer' in result) this.#routes.set(projectId, result.answer as Message & RouteAt)
      this.#openNext(hello, rest)
    })
  }

  #receive(frame: string | Uint8Array): void {
    if (this.#heir) {
      this.#heir.received(frame)
      return
    }
    if (this.#state === 'over') return
    if (typeof frame === 'string') {
      const { route, json } = decodeTextFrame(frame)
      const message = route === 0 ? (parseJson(json) as Message) : undefined
      if (message?.['event'] === 'answer' || message?.['event'] === 'error') {
        this.#requests.receive(message)
        return
      }
    }
    // The frame's buffer is not ours to keep.
    if (this.#early.length >= EARLY_FRAMES_MAX) this.#fail()
    else this.#early.push(typeof frame === 'string' ? frame : frame.slice())
  }

  #ready(hello: Message): void {
    this.#state = 'ready'
    this.#hello = hello
    clearTimeout(this.#timer)
    this.#options.onReady()
  }

  #fail(): void {
    if (this.#state === 'over') return
    this.cancel()
    this.#options.onFailed()
  }

  #end(): void {
    this.#state = 'over'
    clearTimeout(this.#timer)
    this.#requests.failAll('closed', 'The move to another server has ended.')
  }
}
