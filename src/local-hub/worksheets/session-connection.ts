import type { OutputLimits } from '../../messages/sage-server.ts'
import type { WorksheetSession } from '../../messages/worksheets.ts'
import type { Answer, SageLink, SessionEvent } from './sage-link.ts'
import type { SageServerClient } from './sage-server-client.ts'
import type { WorksheetDocument } from './worksheet-document.ts'

/** Where the rest of large outputs goes, in the project. */
const OVERFLOW_FOLDER = '.salvus/outputs'

export interface SessionConnectionOptions {
  readonly document: WorksheetDocument
  readonly server: SageServerClient
  readonly now: () => number
  readonly onEvent: (event: SessionEvent) => void
  readonly onState: (session: WorksheetSession) => void
  readonly onLost: () => void
}

interface Attachment {
  readonly link: SageLink
  readonly life: string
}

/**
 * One worksheet's hold on its session in the Sage server.
 *
 *     stopped --attach--> starting --attached--> ready --(process ended)--> failed
 *        ^                   `--(no server)--> failed       `--(link lost)--> stopped
 *
 * While the Python environment is being set up, stopped and starting are shown as preparing.
 */
export class SessionConnection {
  readonly #options: SessionConnectionOptions
  readonly #forget: readonly (() => void)[]
  #attachment: Attachment | undefined
  #attaching: Promise<boolean> | undefined
  #state: WorksheetSession
  #left = false
  life = ''

  constructor(options: SessionConnectionOptions) {
    this.#options = options
    this.#state = { state: 'stopped', sinceMs: options.now() }
    const { server, document } = options
    const listener = {
      onEvent: (event: SessionEvent) => this.#onEvent(event),
      onLost: () => this.#onLost(),
    }
    const heard = server.preparation?.onChange(() => options.onState(this.session))
    this.#forget = [server.listen(document.session, listener), ...(heard ? [heard] : [])]
  }

  get attached(): boolean {
    return this.#attachment?.link.open === true
  }

  get session(): WorksheetSession {
    const preparing = this.#options.server.preparation?.state
    const { state, sinceMs } = this.#state
    if (preparing?.state !== 'preparing' || state === 'ready') return this.#state
    const { message } = preparing
    return { state: 'preparing', sinceMs, ...(message === undefined ? {} : { message }) }
  }

  /** Attaches to the session, or begins one. True: it is new, without a name in it. */
  attach(): Promise<boolean> {
    this.#attaching ??= this.#attach().finally(() => {
      this.#attaching = undefined
    })
    return this.#attaching
  }

  /** The unacknowledged runs of the session that is there, whose outputs come again; undefined: there is none. */
  async reattach(): Promise<readonly string[] | undefined> {
    const link = await this.#options.server.link()
    const attached = await this.#ask(link, { create: false })
    return attached.pid === undefined ? undefined : attached.runs
  }

  /**
   * Has the Sage server warm before the first cell runs, shows what it is, or why there is none, and attaches to
   * the session where one goes on from before.
   */
  async prepare(): Promise<void> {
    try {
      const runs = await this.reattach()
      if (runs !== undefined || this.#attachment !== undefined || this.#attaching) return
      this.#set({ state: 'stopped', sinceMs: this.#options.now(), ...this.#kind() })
    } catch (error) {
      if (this.#left || this.#attachment !== undefined) return
      const message = error instanceof Error ? error.message : String(error)
      this.#set({ state: 'failed', message, sinceMs: this.#options.now() })
    }
  }

  execute(run: { run: string; cell: string; code: string; limits: OutputLimits }): void {
    this.#attachment?.link.tell({ event: 'execute', session: this.#name, ...run })
  }

  interrupt(): void {
    this.#attachment?.link.tell({ event: 'interrupt', session: this.#name })
  }

  answerInput(run: string, value: string): void {
    this.#attachment?.link.tell({ event: 'input', session: this.#name, run, value })
  }

  acknowledge(run: string, seq: number): void {
    this.#attachment?.link.tell({ event: 'ack', session: this.#name, run, seq })
  }

  async complete(code: string, offset: number): Promise<Extract<Answer, { event: 'completions' }>> {
    const { link } = await this.#needed()
    const question = { event: 'complete', session: this.#name, code, offset } as const
    return link.ask(question, 'completions')
  }

  async inspect(at: {
    code: string
    offset: number
    source: boolean
  }): Promise<Extract<Answer, { event: 'inspection' }>> {
    const { link } = await this.#needed()
    return link.ask({ event: 'inspect', session: this.#name, ...at }, 'inspection')
  }

  /** Ends the session and all its processes. */
  async close(): Promise<void> {
    const link = await this.#options.server.link()
    await link.ask({ event: 'close', session: this.#name }, 'closed')
    this.#attachment = undefined
    this.#set({ state: 'stopped', sinceMs: this.#options.now() })
  }

  /** The session goes on without us. */
  leave(): void {
    this.#left = true
    for (const forget of this.#forget) forget()
  }

  get #name(): string {
    return this.#options.document.session
  }

  async #needed(): Promise<Attachment> {
    if (!this.attached) await this.attach()
    if (this.#attachment === undefined) throw new Error('bug: attached without an attachment')
    return this.#attachment
  }

  async #attach(): Promise<boolean> {
    this.#set({ state: 'starting', sinceMs: this.#options.now() })
    try {
      const link = await this.#options.server.link()
      const attached = await this.#ask(link, { create: true })
      return attached.fresh
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#set({ state: 'failed', message, sinceMs: this.#options.now() })
      throw error
    }
  }

  #ask(
    link: SageLink,
    { create }: { create: boolean },
  ): Promise<Extract<Answer, { event: 'attached' }>> {
    const cwd = this.#options.document.folder
    const place = { session: this.#name, cwd, overflow: OVERFLOW_FOLDER }
    // Its outputs may stand behind the answer.
    const onAnswer = (attached: Extract<Answer, { event: 'attached' }>): void => {
      if (attached.pid !== undefined) this.#ready(link, attached.life)
    }
    return link.ask({ event: 'attach', create, ...place }, 'attached', { onAnswer })
  }

  #ready(link: SageLink, life: string): void {
    this.#attachment = { link, life }
    this.life = life
    this.#set({ state: 'ready', sinceMs: this.#options.now(), ...this.#kind() })
  }

  /** What the Sage server said that it runs. */
  #kind(): Pick<WorksheetSession, 'mode' | 'version' | 'message'> {
    const { welcome } = this.#options.server
    if (welcome === undefined) return {}
    const { mode, version, missing } = welcome
    const absent = missing.length > 0
    return { mode, version, ...(absent ? { message: `not installed: ${missing.join(', ')}` } : {}) }
  }

  #onEvent(event: SessionEvent): void {
    if (event.event === 'session_ended') {
      this.#attachment = undefined
      const { message } = event.cause
      this.#set({ state: 'failed', message, sinceMs: this.#options.now() })
    }
    this.#options.onEvent(event)
  }

  #onLost(): void {
    this.#attachment = undefined
    this.#set({ state: 'stopped', sinceMs: this.#options.now() })
    this.#options.onLost()
  }

  #set(state: WorksheetSession): void {
    this.#state = state
    if (this.#left) return
    this.#options.onState(this.session)
  }
}
