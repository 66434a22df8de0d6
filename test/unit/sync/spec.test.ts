import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

const RULE = /\[(S\d+)\]/g

const rulesIn = (text: string): string[] => [...text.matchAll(RULE)].map(([, rule]) => rule ?? '')

const testFiles = (): string[] =>
  ['test/unit/sync', 'test/simulation/sync'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  )

test('each rule of the specification has a test that is titled by it, and no test names a rule that is not there', () => {
  const rules = new Set(rulesIn(readFileSync('src/sync/SPEC.md', 'utf8')))
  const tested = new Set(testFiles().flatMap((file) => rulesIn(readFileSync(file, 'utf8'))))
  expect(rules.size).toBeGreaterThan(20)
  expect([...tested].sort()).toEqual([...rules].sort())
})
