import { expect, it } from 'vitest'

import { fromCodePoints, toCodePoints } from '../../../../src/local-hub/worksheets/code-offset.ts'

it('counts an emoji as one for Python and as two for the editor', () => {
  const text = 'a😀b'
  expect([0, 1, 3, 4].map((offset) => toCodePoints(text, offset))).toEqual([0, 1, 2, 3])
  expect([0, 1, 2, 3, 9].map((offset) => fromCodePoints(text, offset))).toEqual([0, 1, 3, 4, 4])
})
