import { Value } from '../app/observable.ts'
import type { KeptText } from './open-document.ts'
import { randomId } from './random-id.ts'
import type { UnsentStore } from './unsent-store.ts'

/** Texts of a document that could not be merged, in the page and in the browser until they are dismissed. */
export class KeptTexts {
  readonly pieces = new Value<readonly KeptText[]>([])
  readonly #store: UnsentStore
  readonly #document: string

  constructor(store: UnsentStore, document: string) {
    this.#store = store
    this.#document = document
  }

  async load(): Promise<void> {
    const before = await this.#store.keptOfDocument(this.#document)
    this.pieces.update((pieces) => [...before, ...pieces])
  }

  keep(reason: string, text: string): void {
    if (!text) return
    const piece = { id: randomId(), reason, text }
    this.pieces.update((pieces) => [...pieces, piece])
    this.#store
      .putKept({ ...piece, document: this.#document })
      .catch((error: unknown) => console.error('a text is kept in this page only', error))
  }

  dismiss(id: string): void {
    this.pieces.update((pieces) => pieces.filter((piece) => piece.id !== id))
    this.#store.removeKept(id).catch((error: unknown) => console.error('a kept text stays', error))
  }
}
