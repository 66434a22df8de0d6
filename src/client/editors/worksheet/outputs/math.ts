import katex from 'katex'
import renderMathInElement from 'katex/contrib/auto-render'

/** `trust: false` refuses \href, \includegraphics and raw HTML; the limits end macros that expand without end. */
const OPTIONS = {
  trust: false,
  strict: 'ignore',
  throwOnError: false,
  maxExpand: 1000,
  maxSize: 50,
} as const

const DELIMITERS = [
  { left: '$$', right: '$$', display: true },
  { left: '\\[', right: '\\]', display: true },
  { left: '\\(', right: '\\)', display: false },
  { left: '$', right: '$', display: false },
]

/** A formula as HTML of KaTeX with its MathML, which a screen reader reads. Faults are shown in it, in red. */
export function mathHtml(tex: string, display: boolean): string {
  return katex.renderToString(tex, { ...OPTIONS, displayMode: display })
}

/** Draws the formulas inside the texts of an element, but not inside its code. */
export function renderMath(element: HTMLElement): void {
  renderMathInElement(element, {
    ...OPTIONS,
    delimiters: DELIMITERS,
    ignoredClasses: ['katex'],
    errorCallback: (message) => console.warn('a formula was not drawn', message),
  })
}
