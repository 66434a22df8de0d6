import type { DocumentDurability } from '../../messages/documents.ts'
import { Value } from './observable.ts'
import type { Observable } from './observable.ts'

/** Where what was typed into one document is. */
export interface SaveState {
  readonly state: 'opening' | 'saved' | 'saving' | 'offline' | 'read_only' | 'failed'
  /** Changes that are kept in this browser only. */
  readonly changes: number
  /** Since when, by this browser's clock. */
  readonly sinceMs: number
  /** These changes are in this page alone: the browser keeps nothing. */
  readonly unkept?: true
  /** They are being kept in this browser: not all of them are yet. */
  readonly keeping?: true
  /** What an acknowledged change outlives: the end of Salvus' processes, or a power failure too. */
  readonly durability?: DocumentDurability
  /** What to know or to do, such as why it is read-only or could not be saved. */
  readonly message?: string
}

/**
 * What the open documents report, by path, for the connection's button and its panel. An editor reports on each
 * change of its state and calls `remove` when it closes with nothing unsent.
 */
export class SaveStates {
  readonly #states = new Value<ReadonlyMap<string, SaveState>>(new Map())
  readonly #keepers = new Set<() => Promise<void>>()

  get states(): Observable<ReadonlyMap<string, SaveState>> {
    return this.#states
  }

  report(path: string, state: SaveState): void {
    this.#states.update((states) => new Map(states).set(path, state))
  }

  remove(path: string): void {
    this.#states.update((states) => {
      const rest = new Map(states)
      rest.delete(path)
      return rest
    })
  }

  /** `keep` resolves when everything unsent is in IndexedDB: the page waits for it before it loads itself again. */
  addKeeper(keep: () => Promise<void>): () => void {
    this.#keepers.add(keep)
    return () => {
      this.#keepers.delete(keep)
    }
  }

  async keepEverything(): Promise<void> {
    await Promise.all([...this.#keepers].map((keep) => keep()))
  }
}
