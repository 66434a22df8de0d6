import { expect, it } from 'vitest'

import { ansiSpans } from '../../../../../../src/client/editors/worksheet/outputs/ansi.ts'

it('turns colours into spans', () => {
  expect(ansiSpans('a\u001b[1;31mb\u001b[0mc')).toEqual([
    { text: 'a' },
    { text: 'b', bold: true, color: 1 },
    { text: 'c' },
  ])
})

it('drops cursor movements, titles and links, and keeps their text', () => {
  expect(ansiSpans('\u001b[2J\u001b]0;title\u0007x\u001b]8;;javascript:1\u001b\\y')).toEqual([
    { text: 'x' },
    { text: 'y' },
  ])
})

it('begins a line anew at a carriage return, as a progress bar does', () => {
  expect(ansiSpans('10%\r50%\r100%\ndone\r\n')).toEqual([{ text: '100%\ndone\n' }])
})

it('ignores true colours without taking their numbers for other codes', () => {
  expect(ansiSpans('\u001b[38;2;1;4;3mx')).toEqual([{ text: 'x' }])
})
