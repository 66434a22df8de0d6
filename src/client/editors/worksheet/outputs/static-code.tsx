import { highlightCode, classHighlighter } from '@lezer/highlight'
import type { Language } from '@codemirror/language'
import { pythonLanguage } from '@codemirror/lang-python'
import { markdownLanguage } from '@codemirror/lang-markdown'
import { htmlLanguage } from '@codemirror/lang-html'
import { useMemo } from 'react'
import type { ReactNode } from 'react'

/** Above this many characters a static text is shown plain: parsing it whole would hold up the page. */
const HIGHLIGHT_CHARACTERS_MAX = 50_000

/** A text in the colours of the editor, without an editor. */
export function StaticCode(props: {
  readonly text: string
  readonly language: Language | undefined
}) {
  const { text, language } = props
  return useMemo(
    () => <code className="static-code">{highlighted(text, language)}</code>,
    [text, language],
  )
}

/** The language that the `mode` of a code output, or the mode of a cell, names. */
export function languageOfMode(mode: string): Language | undefined {
  if (/python|sage/i.test(mode)) return pythonLanguage
  if (/markdown|^md$/i.test(mode)) return markdownLanguage
  if (/html/i.test(mode)) return htmlLanguage
  return undefined
}

function highlighted(text: string, language: Language | undefined): ReactNode {
  if (!language || text.length > HIGHLIGHT_CHARACTERS_MAX) return text
  const nodes: ReactNode[] = []
  highlightCode(
    text,
    language.parser.parse(text),
    classHighlighter,
    (piece, classes) =>
      nodes.push(
        classes ? (
          <span key={nodes.length} className={classes}>
            {piece}
          </span>
        ) : (
          piece
        ),
      ),
    () => nodes.push('\n'),
  )
  return nodes
}
