import { htmlLanguage } from '@codemirror/lang-html'
import { markdownLanguage } from '@codemirror/lang-markdown'
import { pythonLanguage } from '@codemirror/lang-python'
import { LanguageSupport } from '@codemirror/language'
import type { Language } from '@codemirror/language'
import { Compartment } from '@codemirror/state'
import type { Extension } from '@codemirror/state'
import { ViewPlugin } from '@codemirror/view'
import type { EditorView, PluginValue, ViewUpdate } from '@codemirror/view'

import { languageOfFile } from '../code/languages.ts'
import { cellMode } from './cell-mode.ts'
import type { CellMode } from './cell-mode.ts'

/** The mode stands within so many characters of a cell's beginning. */
const MODE_CHARACTERS = 500

const LANGUAGES: Readonly<Partial<Record<CellMode, Language>>> = {
  code: pythonLanguage,
  md: markdownLanguage,
  html: htmlLanguage,
}

/** Modes whose language is loaded when the first such cell is edited, by a file that has it. */
const LOADED: Readonly<Partial<Record<CellMode, string>>> = { latex: 'a.tex', sh: 'a.sh' }

/** The language that colours a cell without an editor; undefined where it is shown plain. */
export function staticLanguage(mode: CellMode): Language | undefined {
  return LANGUAGES[mode]
}

/** Colours a cell by its `%mode`, and anew when the mode changes. */
export function cellLanguage(text: string): Extension {
  const compartment = new Compartment()
  const mode = cellMode(text.slice(0, MODE_CHARACTERS))
  return [
    compartment.of(ready(mode) ?? []),
    ViewPlugin.define((view) => new LanguageOfMode(view, compartment, mode)),
  ]
}

class LanguageOfMode implements PluginValue {
  readonly #compartment: Compartment
  #mode: CellMode
  #closed = false

  constructor(view: EditorView, compartment: Compartment, mode: CellMode) {
    this.#compartment = compartment
    this.#mode = mode
    if (LOADED[mode] !== undefined) this.#show(view)
  }

  update(update: ViewUpdate): void {
    if (!update.docChanged) return
    const mode = cellMode(update.state.sliceDoc(0, MODE_CHARACTERS))
    if (mode === this.#mode) return
    this.#mode = mode
    this.#show(update.view)
  }

  destroy(): void {
    this.#closed = true
  }

  /** In a task of its own: inside an update nothing may be dispatched. */
  #show(view: EditorView): void {
    const mode = this.#mode
    support(mode)
      .then((extension) => {
        if (mode === this.#mode && !this.#closed)
          view.dispatch({ effects: this.#compartment.reconfigure(extension) })
      })
      .catch((error: unknown) => console.warn('a language could not be loaded', error))
  }
}

function ready(mode: CellMode): Extension | undefined {
  const language = LANGUAGES[mode]
  return language && new LanguageSupport(language)
}

async function support(mode: CellMode): Promise<Extension> {
  const loaded = LOADED[mode]
  if (loaded === undefined) return ready(mode) ?? []
  return (await languageOfFile(loaded)?.load()) ?? []
}
