import type { ClientToLocalHub } from '../../messages/client-to-local-hub.ts'
import type { AnswerOf } from '../../messages/define.ts'
import type { ChannelId } from '../../messages/ids.ts'
import type { Channel, ProjectConnection } from '../connection/project-connection.ts'
import { RequestError } from '../connection/request-error.ts'

/** The first attempt to go on after a problem is made at once; later ones wait this long, doubled each time, in ms. */
const AGAIN_AFTER_MS = 500
/** And at most so long, in milliseconds. */
const AGAIN_AFTER_MAX_MS = 30_000

/** A problem after so long without one, in milliseconds, is a new one. */
const FORGOTTEN_AFTER_MS = 60_000

/** Refusals that pass by themselves: the local hub has too much to do just now. */
const PASSING = new Set(['deadline', 'too_many_requests', 'unavailable'])

export type OpenAnswer = AnswerOf<ClientToLocalHub, 'open_document'>

/** What a session does for its link. */
export interface LinkEvents {
  /** Resolves when the session knows what it has unsent. */
  readonly ready: () => Promise<void>
  /** There is a channel; resolves with what is to be sent over it first. */
  readonly opened: (answer: OpenAnswer) => Promise<readonly Uint8Array[]>
  /** Resolves with what is to be sent to go on over the same channel. */
  readonly again: () => Promise<readonly Uint8Array[]>
  readonly received: (payload: Uint8Array) => void
  /** The state of the route changed. Where it is not open, the channel is gone. */
  readonly routed: (open: boolean) => void
  readonly refused: (message: string) => void
}

/**
 * A document's way to its local hub. It opens the document at each opening of the route, once (I1): an answer to an
 * earlier attempt changes nothing. After `close` it does nothing, and no timer is left (I2).
 */
export class SessionLink {
  readonly #project: ProjectConnection
  readonly #events: LinkEvents
  readonly #now: () => number
  readonly #stops: (() => void)[]
  #path: string
  #channel: Channel | undefined
  #channelId: ChannelId | undefined
  #attempt = 0
  #closed = false
  /** Problems that came soon after one another, and when the last did. */
  #problems = 0
  #problemMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    options: {
      readonly project: ProjectConnection
      readonly path: string
      readonly now: () => number
    },
    events: LinkEvents,
  ) {
    const { project, path, now } = options
    this.#project = project
    this.#path = path
    this.#now = now
    this.#events = events
    this.#stops = [
      project.epoch.subscribe(() => this.open()),
      project.state.subscribe(() => this.#onRoute()),
      project.on('document_closed', ({ channel, reason, again }) => {
        if (channel !== this.channel) return
        if (again === true) this.#openSoon()
        else this.refuse(reason)
      }),
    ]
  }

  /** Undefined while there is no way. */
  get channel(): ChannelId | undefined {
    return this.#channel ? this.#channelId : undefined
  }

  /** The file is elsewhere from now on. */
  renamed(path: string): void {
    this.#path = path
  }

  open(): void {
    this.#open().catch(reportError)
  }

  send(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.#channel?.send(message)
  }

  /** Goes on after a problem: at once, but a problem that comes back is not answered in a storm of messages. */
  again(): void {
    const waitMs = this.#nextWaitMs()
    clearTimeout(this.#timer)
    const goOn = (): void => {
      this.#goOn().catch(reportError)
    }
    if (waitMs === 0) goOn()
    else this.#timer = setTimeout(goOn, waitMs)
  }

  refuse(message: string): void {
    this.#drop()
    this.#events.refused(message)
  }

  /** Resolves when the document is on the disk. */
  async save(): Promise<void> {
    const { channel } = this
    if (channel === undefined)
      throw new Error('There is no connection; it is kept in this browser until then.')
    await this.#project.request('save_document', { channel })
  }

  /** For where nobody tells the local hub what other programs do to the file. */
  compare(): void {
    const { channel } = this
    if (channel === undefined) return
    this.#project.request('compare_document', { channel }).catch((error: unknown) => {
      console.warn('the file is not compared', error)
    })
  }

  close(): void {
    this.#closed = true
    const { channel } = this
    this.#drop()
    for (const stop of this.#stops) stop()
    // Where the route is lost the local hub knows already that nobody looks.
    if (channel !== undefined)
      this.#project.request('close_document', { channel }).catch(() => undefined)
  }

  async #open(): Promise<void> {
    const attempt = ++this.#attempt
    clearTimeout(this.#timer)
    const isStale = (): boolean => attempt !== this.#attempt || this.#closed
    try {
      await this.#events.ready()
      if (isStale()) return
      const answer = await this.#project.request('open_document', { path: this.#path })
      if (isStale()) return
      this.#channel?.close()
      this.#channelId = answer.channel
      this.#channel = this.#project.openChannel(answer.channel, this.#events.received)
      const first = await this.#events.opened(answer)
      if (!isStale()) this.send(first)
    } catch (error) {
      if (!isStale()) this.#failed(error)
    }
  }

  /** The local hub had to leave the document; it opens it anew. */
  #openSoon(): void {
    this.#drop()
    this.#timer = setTimeout(() => this.open(), this.#nextWaitMs())
  }

  async #goOn(): Promise<void> {
    const attempt = this.#attempt
    const messages = await this.#events.again()
    if (attempt === this.#attempt && !this.#closed) this.send(messages)
  }

  #failed(error: unknown): void {
    const code = error instanceof RequestError ? error.code : ''
    // Without a route there is nothing to tell: the next epoch opens it again.
    if (code === 'closed') this.#onRoute()
    else if (error instanceof RequestError && PASSING.has(code)) {
      const waitMs = error.retryAfterMs ?? Math.max(AGAIN_AFTER_MS, this.#nextWaitMs())
      this.#timer = setTimeout(() => this.open(), waitMs)
    } else this.refuse(error instanceof Error ? error.message : String(error))
  }

  #onRoute(): void {
    if (this.#closed) return
    const open = this.#project.state.get().kind === 'open'
    if (!open) this.#drop()
    this.#events.routed(open)
  }

  #drop(): void {
    this.#attempt++
    clearTimeout(this.#timer)
    this.#channel?.close()
    this.#channel = undefined
  }

  #nextWaitMs(): number {
    const now = this.#now()
    if (now - this.#problemMs > FORGOTTEN_AFTER_MS) this.#problems = 0
    this.#problemMs = now
    const problems = this.#problems++
    return problems === 0 ? 0 : Math.min(AGAIN_AFTER_MS * 2 ** (problems - 1), AGAIN_AFTER_MAX_MS)
  }
}
