import type { PartId } from '../../sync/change.ts'
import type { ViewChange } from '../../sync/client.ts'
import { textOf } from '../../sync/document-state.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import type { AttachedEditor } from './open-document.ts'

/** The editors that show text parts of a document. */
export class AttachedEditors {
  readonly #editors = new Map<PartId, Set<AttachedEditor>>()

  attach(part: PartId, editor: AttachedEditor): () => void {
    const editors = this.#editors.get(part) ?? new Set()
    this.#editors.set(part, editors.add(editor))
    return () => {
      editors.delete(editor)
      if (editors.size === 0 && this.#editors.get(part) === editors) this.#editors.delete(part)
    }
  }

  show(change: ViewChange, cause: 'foreign' | 'own'): void {
    for (const { part, changes } of change.texts) {
      for (const editor of [...(this.#editors.get(part) ?? [])]) editor.show(changes, cause)
    }
  }

  reset(part: PartId, state: DocumentState): void {
    const text = textOf(state, part)
    for (const editor of [...(this.#editors.get(part) ?? [])]) editor.reset(text)
  }

  resetAll(state: DocumentState): void {
    for (const part of [...this.#editors.keys()]) this.reset(part, state)
  }
}
