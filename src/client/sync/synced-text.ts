import { Annotation, Transaction } from '@codemirror/state'
import type { Extension } from '@codemirror/state'
import { ViewPlugin, keymap } from '@codemirror/view'
import type { EditorView, PluginValue, ViewUpdate } from '@codemirror/view'

import type { PartId } from '../../sync/change.ts'
import type { OpenDocument } from './open-document.ts'

/** Marks a transaction that came out of the document, so that it is not sent back into it. */
const fromDocument = Annotation.define<boolean>()

/**
 * Ties the text of an editor to a part of a document. The editor must begin with `document.text(part).get()`.
 * Changes pass as ChangeSets in both directions; nothing is compared. Undo and redo are the document's.
 */
export function syncedText(document: OpenDocument, part: PartId): Extension {
  return [
    ViewPlugin.define((view) => new SyncedText(view, document, part)),
    keymap.of([
      { key: 'Mod-z', run: document.undo, preventDefault: true },
      { key: 'Mod-y', mac: 'Mod-Shift-z', run: document.redo, preventDefault: true },
      { linux: 'Ctrl-Shift-z', win: 'Ctrl-Shift-z', run: document.redo, preventDefault: true },
    ]),
  ]
}

class SyncedText implements PluginValue {
  readonly #document: OpenDocument
  readonly #part: PartId
  readonly #detach: () => void

  constructor(view: EditorView, document: OpenDocument, part: PartId) {
    this.#document = document
    this.#part = part
    this.#detach = document.attach(part, (changes, cause) => {
      view.dispatch({
        changes,
        annotations: [fromDocument.of(true), Transaction.remote.of(cause === 'foreign')],
        scrollIntoView: cause === 'own' && view.hasFocus,
      })
    })
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && !transaction.annotation(fromDocument))
        this.#document.changeText(this.#part, transaction.changes)
    }
    if (update.view.hasFocus && (update.selectionSet || update.docChanged || update.focusChanged)) {
      const { anchor, head } = update.state.selection.main
      this.#document.setCursor({ part: this.#part, anchor, head })
    }
  }

  destroy(): void {
    this.#detach()
  }
}
