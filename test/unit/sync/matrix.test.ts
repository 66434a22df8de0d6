import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

/** Of the matrix: each was somebody's incident, and each has a test by its number. */
const CASES = 20
const TITLE = /\b(?:test|it|describe)[^'`\n]*\(?\s*['`]case (\d+):/g

test('each of the twenty cases has a test that is titled by it', () => {
  const files = readdirSync('test', { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.test.ts'))
  const titles = files.flatMap((name) =>
    [...readFileSync(join('test', name), 'utf8').matchAll(TITLE)].map(([, number]) => number),
  )
  const numbers = Array.from({ length: CASES }, (_each, index) => index + 1)
  expect(numbers.filter((number) => !titles.includes(String(number)))).toEqual([])
})
