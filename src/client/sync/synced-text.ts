import { Annotation, Transaction } from '@codemirror/state'
import type { ChangeSpec, Extension, Text } from '@codemirror/state'
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
    const apply = (changes: ChangeSpec, cause: 'foreign' | 'own'): void => {
      view.dispatch({
        changes,
        annotations: [fromDocument.of(true), Transaction.remote.of(cause === 'foreign')],
        scrollIntoView: cause === 'own' && view.hasFocus,
      })
    }
    this.#detach = document.attach(part, {
      show: apply,
      reset: (text) => apply(replacement(view.state.doc, text), 'foreign'),
    })
  }

  update(update: ViewUpdate): void {
    for (const transaction of update.transactions) {
      if (transaction.docChanged && !transaction.annotation(fromDocument))
        this.#document.changeText(this.#part, transaction.changes)
    }
    if (update.view.hasFocus && (update.selectionSet || update.docChanged || update.focusChanged)) {
      const { main, ranges } = update.state.selection
      const more = ranges.filter((range) => range !== main)
      this.#document.setCursor({
        part: this.#part,
        anchor: main.anchor,
        head: main.head,
        more: more.map(({ anchor, head }) => ({ anchor, head })),
      })
    }
  }

  destroy(): void {
    this.#detach()
  }
}

/** The least that must be replaced to make one text of another, so that the cursor stays where it can. */
export function replacement(old: Text, wanted: Text): ChangeSpec {
  const a = old.sliceString(0, undefined, '\n')
  const b = wanted.sliceString(0, undefined, '\n')
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return { from: start, to: a.length - end, insert: wanted.slice(start, b.length - end) }
}
