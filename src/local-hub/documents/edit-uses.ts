import type { LocalClient } from '../client.ts'
import type { DocumentNumber } from './worker-protocol.ts'

/** An edit is told as a use of the file at most this often for each client, in milliseconds. */
const USED_AGAIN_MS = 60_000

/** Which edits are told as a use of their file. */
export class EditUses {
  readonly #lastEdits = new WeakMap<LocalClient, Map<DocumentNumber, number>>()

  /** True for the first one in a while. */
  isTold(client: LocalClient, doc: DocumentNumber): boolean {
    const edits = this.#lastEdits.get(client) ?? new Map<DocumentNumber, number>()
    this.#lastEdits.set(client, edits)
    const now = performance.now()
    if (now - (edits.get(doc) ?? -USED_AGAIN_MS) < USED_AGAIN_MS) return false
    edits.set(doc, now)
    return true
  }
}
