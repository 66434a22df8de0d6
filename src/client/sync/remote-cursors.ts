import { StateEffect, StateField } from '@codemirror/state'
import type { Extension, Range, Text } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, WidgetType } from '@codemirror/view'
import type { DecorationSet } from '@codemirror/view'

import type { PartId } from '../../sync/change.ts'
import type { OpenDocument, RemoteCursor } from './open-document.ts'
import { personColor } from './person-colors.ts'

const setCursors = StateEffect.define<readonly RemoteCursor[]>()

const cursorField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (decorations, transaction) => {
    const mapped = decorations.map(transaction.changes)
    const told = transaction.effects.find((effect) => effect.is(setCursors))
    return told ? cursorDecorations(told.value, transaction.newDoc) : mapped
  },
  provide: (field) => EditorView.decorations.from(field),
})

/** The carets and selections of others in one part: the name for two seconds after a move, then the caret alone. */
export function remoteCursors(document: OpenDocument, part: PartId): Extension {
  return [
    cursorField,
    ViewPlugin.define((view) => {
      let shown: readonly RemoteCursor[] = []
      let waiting = false
      let destroyed = false
      const show = (): void => {
        waiting = false
        const here = document.cursors.get().filter((cursor) => cursor.part === part)
        if (destroyed || (here.length === 0 && shown.length === 0)) return
        shown = here
        view.dispatch({ effects: setCursors.of(here) })
      }
      // Cursors also move because of what is typed here, and a plugin is made inside an update: there, nothing
      // may be dispatched.
      const showSoon = (): void => {
        if (waiting) return
        waiting = true
        queueMicrotask(show)
      }
      const stop = document.cursors.subscribe(showSoon)
      showSoon()
      return {
        destroy: () => {
          destroyed = true
          stop()
        },
      }
    }),
  ]
}

function cursorDecorations(cursors: readonly RemoteCursor[], text: Text): DecorationSet {
  const { length } = text
  const ranges: Range<Decoration>[] = []
  for (const cursor of cursors) {
    const head = Math.min(cursor.head, length)
    const anchor = Math.min(cursor.anchor, length)
    ranges.push(
      Decoration.widget({ widget: new Caret(cursor, head <= text.line(1).to), side: 1 }).range(
        head,
      ),
    )
    if (head !== anchor)
      ranges.push(
        Decoration.mark({
          class: 'remote-selection',
          attributes: { style: `--person: ${personColor(cursor.color)}` },
        }).range(Math.min(head, anchor), Math.max(head, anchor)),
      )
  }
  return Decoration.set(ranges, true)
}

class Caret extends WidgetType {
  readonly #cursor: RemoteCursor
  readonly #atStart: boolean

  constructor(cursor: RemoteCursor, atStart: boolean) {
    super()
    this.#cursor = cursor
    this.#atStart = atStart
  }

  /** The same caret until its owner moves: its name is not shown again because somebody else typed. */
  override eq(other: Caret): boolean {
    return (
      other.#cursor.key === this.#cursor.key &&
      other.#cursor.moved === this.#cursor.moved &&
      other.#cursor.name === this.#cursor.name &&
      other.#atStart === this.#atStart
    )
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = this.#atStart ? 'remote-caret first-line' : 'remote-caret'
    caret.style.setProperty('--person', personColor(this.#cursor.color))
    caret.setAttribute('role', 'img')
    caret.setAttribute('aria-label', `Cursor of ${this.#cursor.name}`)
    const name = document.createElement('span')
    name.className = 'remote-caret-name'
    name.setAttribute('aria-hidden', 'true')
    name.textContent = this.#cursor.name
    caret.append(name)
    return caret
  }

  override ignoreEvent(): boolean {
    return true
  }
}
