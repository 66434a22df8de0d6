import { expect, it } from 'vitest'

import { markdownHtml } from '../../../../../../src/client/editors/worksheet/outputs/markdown.ts'

it('draws a formula before markdown reads its underscores', () => {
  const html = markdownHtml('$a_1 + b_1$ and _this_')
  expect(html).toContain('katex')
  expect(html).toContain('<em>this</em>')
  expect(html).not.toContain('<em>1')
})

it.each(['\\(x^2\\)', '\\[x^2\\]', '$$x^2$$'])('knows the delimiters of %s', (text) => {
  expect(markdownHtml(text)).toContain('<math')
})

it('leaves prices alone', () => {
  expect(markdownHtml('It costs $5 or $6, not US$7.')).not.toContain('katex')
})

it('does not follow a link inside a formula', () => {
  expect(markdownHtml('$\\href{javascript:alert(1)}{x}$')).not.toContain('href="javascript')
})
