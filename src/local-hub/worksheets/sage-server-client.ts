import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import { SageLink, type SessionEvent, type Welcome } from './sage-link.ts'
import type { Preparation } from './python-preparation.ts'

/** What a worksheet hears of its session. */
export interface SessionListener {
  readonly onEvent: (event: SessionEvent) => void
  /** The link is gone; the session may live on. */
  readonly onLost: () => void
}

export interface SageServerClientOptions {
  /** Has the launcher start the Sage server where it does not run; resolves with its socket once it accepts. */
  readonly ensureServer: () => Promise<string>
  /** How far the Python environment is; absent: it is there. */
  readonly preparation?: Preparation
}

/** The local hub's end of the one link to the Sage server; connects when a worksheet first needs it. */
export class SageServerClient implements AsyncDisposable {
  readonly #options: SageServerClientOptions
  readonly #listeners = new Map<string, SessionListener>()
  #link: Promise<SageLink> | undefined
  #opened: SageLink | undefined
  #closed = false
  welcome: Welcome | undefined

  constructor(options: SageServerClientOptions) {
    this.#options = options
  }

  get preparation(): Preparation | undefined {
    return this.#options.preparation
  }

  /** @throws CodedError `unavailable` where the Sage server can't be started, with what to do about it */
  link(): Promise<SageLink> {
    if (this.#closed) {
      return Promise.reject(new CodedError<ErrorCode>('closed', 'the local hub stops'))
    }
    this.#link ??= this.#open().catch((error: unknown) => {
      this.#link = undefined
      throw error
    })
    return this.#link
  }

  /** One worksheet hears one session. */
  listen(session: string, listener: SessionListener): () => void {
    this.#listeners.set(session, listener)
    return () => {
      if (this.#listeners.get(session) === listener) this.#listeners.delete(session)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#opened?.close()
    await this.#link?.catch(() => undefined)
    this.#opened?.close()
  }

  async #open(): Promise<SageLink> {
    await this.#options.preparation?.ready()
    const path = await this.#options.ensureServer()
    const { link, welcome } = await SageLink.open(path, {
      onEvent: (event) => this.#listeners.get(event.session)?.onEvent(event),
      onClose: () => this.#lost(),
    })
    this.#opened = link
    this.welcome = welcome
    return link
  }

  #lost(): void {
    if (this.#opened === undefined) return
    this.#opened = undefined
    this.#link = undefined
    if (this.#closed) return
    for (const listener of [...this.#listeners.values()]) listener.onLost()
  }
}
