import markdownIt from 'markdown-it'

import { mathHtml } from './math.ts'

/** What the tokenizer of a formula needs of markdown-it's inline state. */
interface InlineState {
  readonly src: string
  readonly posMax: number
  pos: number
  push(type: string, tag: string, nesting: 0): { content: string; markup: string }
}

const DELIMITERS: readonly (readonly [left: string, right: string])[] = [
  ['$$', '$$'],
  ['\\[', '\\]'],
  ['\\(', '\\)'],
  ['$', '$'],
]

/** HTML in markdown is kept here, because every result goes through sanitizeHtml. */
const renderer = markdownIt({ html: true, linkify: true })
renderer.inline.ruler.before('escape', 'math', readMath)
renderer.renderer.rules['math'] = (tokens, index) => {
  const token = tokens[index]
  return token ? mathHtml(token.content, token.markup === '$$' || token.markup === '\\[') : ''
}

/** Markdown with formulas as HTML that still has to be sanitized. */
export function markdownHtml(text: string): string {
  return renderer.render(text)
}

/** A formula is taken before markdown looks at its underscores, stars and backslashes. */
function readMath(state: InlineState, silent: boolean): boolean {
  const delimiter = DELIMITERS.find(([left]) => state.src.startsWith(left, state.pos))
  if (!delimiter) return false
  const [left, right] = delimiter
  const from = state.pos + left.length
  const to = closing(state, from, right)
  if (to === -1) return false
  if (!silent) {
    const token = state.push('math', 'span', 0)
    token.content = state.src.slice(from, to)
    token.markup = left
  }
  state.pos = to + right.length
  return true
}

/** Where a formula ends; a single $ must stand at its text, so that prices stay prices. */
function closing(state: InlineState, from: number, right: string): number {
  if (right === '$' && /\s/.test(state.src[from] ?? ' ')) return -1
  for (let at = from; at < state.posMax; at++) {
    if (state.src.startsWith(right, at)) {
      if (at === from) return -1
      if (right !== '$' || closesInline(state.src, at)) return at
    }
    if (state.src[at] === '\\') at++
  }
  return -1
}

/** Behind a text, and not before a digit. */
function closesInline(text: string, at: number): boolean {
  return !/\s/.test(text[at - 1] ?? ' ') && !/\d/.test(text[at + 1] ?? '')
}
