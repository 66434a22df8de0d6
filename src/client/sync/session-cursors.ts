import type { Client, ClientUpdate, ViewChange } from '../../sync/client.ts'
import { presence } from '../../sync/client-local.ts'
import type { Observable } from '../app/observable.ts'
import type { Presence } from '../editors/editor.ts'
import { CursorBook } from './cursor-book.ts'
import { cursorJson } from './cursor-data.ts'
import type { CursorPlace } from './cursor-data.ts'
import { CursorTeller } from './cursor-teller.ts'
import type { OpenDocument } from './open-document.ts'

/** Edits under way from which cursors wait. */
const CONGESTED_EDITS = 4

export interface SessionCursorsOptions {
  readonly client: () => Client
  readonly presence: Observable<Presence>
  readonly now: () => number
  /** Sends what is typed: a place is told for the text that the others have. */
  readonly flush: () => void
  readonly send: (messages: readonly Uint8Array[]) => void
}

/** Where the others are in a document, and telling them where this person is. */
export class SessionCursors {
  readonly cursors: OpenDocument['cursors']
  readonly #options: SessionCursorsOptions
  readonly #book: CursorBook
  readonly #teller: CursorTeller

  constructor(options: SessionCursorsOptions) {
    this.#options = options
    this.#book = new CursorBook(() => options.presence.get().people, options.now)
    this.cursors = this.#book.cursors
    this.#teller = new CursorTeller({
      tell: (place) => this.#tell(place),
      isCongested: () => options.client().sent >= CONGESTED_EDITS,
    })
  }

  /** Where this person is. */
  get place(): CursorPlace | undefined {
    return this.#teller.place
  }

  set(place: CursorPlace | undefined): void {
    this.#teller.set(place)
  }

  told({ presence: told }: ClientUpdate): void {
    for (const { by, data } of told) {
      const isOwn = by.sid === this.#options.client().sid
      if (!isOwn && this.#book.told(by, data)) this.#teller.newcomer()
    }
  }

  mapThrough(change: ViewChange, cause: 'foreign' | 'own'): void {
    const { m } = this.#options.client()
    // Nobody who told their place by now had seen what is not sent.
    this.#book.mapThrough(change, cause === 'own' ? m + 1 : m)
    this.#teller.mapThrough(change, cause === 'own')
  }

  /** The session is connected: nobody knows where this person is. */
  restart(): void {
    this.#teller.restart()
  }

  /** The session is not connected: nobody is known to be there. */
  clear(): void {
    this.#book.clear()
  }

  close(): void {
    this.#teller.close()
  }

  #tell(place: CursorPlace | undefined): boolean {
    const { client, presence: people, flush, send } = this.#options
    flush()
    const data = place ? cursorJson(place, client().m, people.get().self) : null
    const message = presence(client(), data)
    if (message) send([message])
    return message !== undefined
  }
}
