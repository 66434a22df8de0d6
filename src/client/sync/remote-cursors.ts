import { StateEffect, StateField } from '@codemirror/state'
import type { ChangeDesc, Extension, Range, Text } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, WidgetType } from '@codemirror/view'
import type { DecorationSet } from '@codemirror/view'

import type { PartId } from '../../sync/change.ts'
import { samePlace } from './cursor-data.ts'
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
      let frame: number | undefined
      const show = (): void => {
        frame = undefined
        const here = document.cursors.get().filter((cursor) => cursor.part === part)
        const isShown =
          here.length === shown.length && here.every((cursor, n) => isSame(cursor, shown[n]))
        shown = here
        if (isShown) return
        view.dispatch({ effects: setCursors.of(here) })
      }
      // Once a frame: with many people cursors move far more often than anybody can see. Until then CodeMirror
      // moves them with the text. A page that is not seen has no frames, and shows them when it is.
      const showSoon = (): void => {
        frame ??= requestAnimationFrame(show)
      }
      const stop = document.cursors.subscribe(showSoon)
      showSoon()
      return {
        update: (update) => {
          // As the decorations are mapped: mostly nothing is left to be shown.
          if (update.docChanged) shown = shown.map((cursor) => mapCaret(cursor, update.changes))
        },
        destroy: () => {
          stop()
          if (frame !== undefined) cancelAnimationFrame(frame)
        },
      }
    }),
  ]
}

/** Where CodeMirror draws a caret after a change: behind what is inserted at it. Selections are drawn anew. */
function mapCaret(cursor: RemoteCursor, changes: ChangeDesc): RemoteCursor {
  const at = (offset: number): number => changes.mapPos(Math.min(offset, changes.length), 1)
  if (cursor.more.length > 0 || cursor.anchor !== cursor.head) return { ...cursor, head: -1 }
  return { ...cursor, anchor: at(cursor.anchor), head: at(cursor.head) }
}

function isSame(cursor: RemoteCursor, shown: RemoteCursor | undefined): boolean {
  return (
    cursor === shown ||
    (cursor.key === shown?.key &&
      cursor.moved === shown.moved &&
      cursor.name === shown.name &&
      cursor.color === shown.color &&
      samePlace(cursor, shown))
  )
}

function cursorDecorations(cursors: readonly RemoteCursor[], text: Text): DecorationSet {
  const { length } = text
  const ranges: Range<Decoration>[] = []
  const firstLineEnd = text.line(1).to
  for (const cursor of cursors) {
    for (const range of [cursor, ...cursor.more]) {
      const head = Math.min(range.head, length)
      const anchor = Math.min(range.anchor, length)
      const nameAt = head > firstLineEnd ? 'above' : text.lines > 1 ? 'below' : 'beside'
      const widget = new Caret(cursor, { named: range === cursor, nameAt })
      ranges.push(Decoration.widget({ widget, side: 1 }).range(head))
      if (head !== anchor)
        ranges.push(selectionMark(cursor).range(Math.min(head, anchor), Math.max(head, anchor)))
    }
  }
  return Decoration.set(ranges, true)
}

function selectionMark({ color }: RemoteCursor): Decoration {
  const attributes = { style: `--person: ${personColor(color)}` }
  return Decoration.mark({ class: 'remote-selection', attributes })
}

/** Where the name has room: nothing is drawn outside of the text's box. */
type NameAt = 'above' | 'below' | 'beside'

class Caret extends WidgetType {
  readonly #cursor: RemoteCursor
  /** Whether it carries the name: the caret of the main selection does. */
  readonly #named: boolean
  readonly #nameAt: NameAt

  constructor(cursor: RemoteCursor, options: { readonly named: boolean; readonly nameAt: NameAt }) {
    super()
    this.#cursor = cursor
    this.#named = options.named
    this.#nameAt = options.nameAt
  }

  /** The same caret until its owner moves: its name is not shown again because somebody else typed. */
  override eq(other: Caret): boolean {
    return (
      other.#cursor.key === this.#cursor.key &&
      other.#cursor.moved === this.#cursor.moved &&
      other.#cursor.name === this.#cursor.name &&
      other.#named === this.#named &&
      other.#nameAt === this.#nameAt
    )
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = `remote-caret name-${this.#nameAt}`
    caret.style.setProperty('--person', personColor(this.#cursor.color))
    if (!this.#named) {
      caret.setAttribute('aria-hidden', 'true')
      return caret
    }
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
