import type { Change, PartId } from '../../sync/change.ts'
import type { ClientUpdate } from '../../sync/client.ts'
import { Value } from '../app/observable.ts'
import type { CursorPlace } from './cursor-data.ts'
import { DIVERGED_REASON, keptReason } from './kept-reasons.ts'
import type { KeptText } from './open-document.ts'
import { randomId } from './random-id.ts'
import type { UnsentStore } from './unsent-store.ts'

/** Texts of a document that could not be merged, in the page and in the browser until they are dismissed. */
export class KeptTexts {
  readonly pieces = new Value<readonly KeptText[]>([])
  readonly #store: UnsentStore
  readonly #document: string
  /** Pieces that the local hub may go on to tell: while away nobody could tell it otherwise. */
  readonly #dismissed = new Set<string>()

  constructor(store: UnsentStore, document: string) {
    this.#store = store
    this.#document = document
  }

  async load(): Promise<void> {
    const before = await this.#store.keptOfDocument(this.#document)
    this.pieces.update((pieces) => [
      ...before.filter(({ id }) => pieces.every((piece) => piece.id !== id)),
      ...pieces,
    ])
  }

  /** What an update says could not be merged; each resolves when it is kept. */
  keepOf(update: ClientUpdate): readonly Promise<void>[] {
    const reason = keptReason(update)
    return [
      ...update.rescued.map(({ part, text, id }) =>
        this.keep({ part, text, reason, ...(id === undefined ? {} : { id, atOwner: true }) }),
      ),
      ...update.diverged.map(({ part, mine }) =>
        this.keep({ part, text: mine, reason: DIVERGED_REASON }),
      ),
    ]
  }

  /** Resolves when it is kept in the browser too, or can't be. `id`: a piece of this id is kept once. */
  keep(piece: {
    readonly reason: string
    readonly text: string
    readonly part?: PartId
    readonly id?: string
    readonly atOwner?: true
  }): Promise<void> {
    const id = piece.id ?? randomId()
    const isKnown = this.#dismissed.has(id) || this.pieces.get().some((known) => known.id === id)
    if (!piece.text || isKnown) return Promise.resolve()
    return this.restore({ ...piece, id })
  }

  /** Shows it (again), as after a dismissal that is taken back. */
  restore(piece: KeptText): Promise<void> {
    this.#dismissed.delete(piece.id)
    this.pieces.update((pieces) => [...pieces.filter(({ id }) => id !== piece.id), piece])
    return this.#store
      .putKept({ ...piece, document: this.#document })
      .catch((error: unknown) => console.error('a text is kept in this page only', error))
  }

  /** What the local hub is to be told again: it may not have heard it. */
  get dismissed(): readonly string[] {
    return [...this.#dismissed]
  }

  /** Returns whether the local hub keeps it too. */
  dismiss(id: string): boolean {
    const atOwner = this.pieces.get().some((piece) => piece.id === id && piece.atOwner)
    if (atOwner) this.#dismissed.add(id)
    this.pieces.update((pieces) => pieces.filter((piece) => piece.id !== id))
    this.#store.removeKept(id).catch((error: unknown) => console.error('a kept text stays', error))
    return atOwner
  }
}

/** Puts a text where a person's selection is, in a part of this length. */
export function insertionAt(place: CursorPlace, length: number, text: string): Change {
  const from = Math.min(place.anchor, place.head, length)
  const to = Math.min(Math.max(place.anchor, place.head), length)
  return [['t', place.part, [from, [to - from, ...text.split('\n')], length - to]]]
}
