import fc from 'fast-check'
import { expect, test } from 'vitest'

import { diffLines } from '../../../../src/admin/configure/diff.ts'

test('a change is shown with the lines around it', () => {
  const from = 'a\nb\nc\nd\ne\nf\ng\nh\n'
  expect(diffLines(from, from.replace('e\n', 'E\nE2\n'))).toEqual([
    '  ...',
    '  c',
    '  d',
    '- e',
    '+ E',
    '+ E2',
    '  f',
    '  g',
    '  ...',
  ])
})

test('equal texts have no difference', () => {
  expect(diffLines('a\n', 'a\n')).toEqual([])
})

test('what goes and what stays is the old text, what comes and what stays the new one', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
  fc.assert(
    fc.property(text, text, (from, to) => {
      const shown = diffLines(
        from.map((line) => `${line}\n`).join(''),
        to.map((line) => `${line}\n`).join(''),
      )
      // So short that nothing is left out between changes, but perhaps at the ends.
      const whole = shown.length > 0 && !shown.includes('  ...')
      if (!whole) return
      const side = (sign: string): string[] =>
        shown
          .filter((line) => line.startsWith(sign) || line.startsWith(' '))
          .map((line) => line.slice(2))
      expect(side('-')).toEqual(from)
      expect(side('+')).toEqual(to)
    }),
  )
})
