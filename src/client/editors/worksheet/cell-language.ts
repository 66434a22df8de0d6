import { htmlLanguage } from '@codemirror/lang-html'
import { markdownLanguage } from '@codemirror/lang-markdown'
import { pythonLanguage } from '@codemirror/lang-python'
import { LanguageSupport, StreamLanguage } from '@codemirror/language'
import type { Language } from '@codemirror/language'
import { Compartment, EditorState } from '@codemirror/state'
import type { Extension } from '@codemirror/state'
import { shell } from '@codemirror/legacy-modes/mode/shell'
import { stex } from '@codemirror/legacy-modes/mode/stex'

import { cellMode } from './cell-mode.ts'
import type { CellMode } from './cell-mode.ts'

const LANGUAGES: Readonly<Record<CellMode, Language | undefined>> = {
  code: pythonLanguage,
  md: markdownLanguage,
  html: htmlLanguage,
  latex: StreamLanguage.define(stex),
  sh: StreamLanguage.define(shell),
  other: undefined,
}

/** Only the languages whose parser stands alone can colour a text that is no editor. */
export function staticLanguage(mode: CellMode): Language | undefined {
  return LANGUAGES[mode]
}

/** Colours a cell by its `%mode`, and anew when the mode changes. */
export function cellLanguage(text: string): Extension {
  const compartment = new Compartment()
  let shown = cellMode(text)
  return [
    compartment.of(support(shown)),
    EditorState.transactionExtender.of((transaction) => {
      if (!transaction.docChanged) return null
      const mode = cellMode(transaction.newDoc.sliceString(0, 500))
      if (mode === shown) return null
      shown = mode
      return { effects: compartment.reconfigure(support(mode)) }
    }),
  ]
}

function support(mode: CellMode): Extension {
  const language = LANGUAGES[mode]
  return language ? new LanguageSupport(language) : []
}
