import { expect, test } from 'vitest'

import { checkTimers } from '../../../tools/timers.mjs'

const problemsOf = (text: string, path = 'src/hub/a.ts'): string[] =>
  checkTimers(
    { 'src/hub/a.ts': [1, 'deadline'] },
    { 'src/hub/a.ts': 'setTimeout(f, 1)', [path]: text },
  )

test('a timer that is named passes, and one that is not fails', () => {
  expect(problemsOf('setTimeout(f, 1)')).toEqual([])
  expect(problemsOf('setTimeout(f, 1); setInterval(f, 1)')).toHaveLength(1)
  expect(problemsOf('globalThis.setInterval(f, 1)', 'src/hub/b.ts')).toHaveLength(1)
  expect(
    problemsOf("import { setTimeout as pause } from 'node:timers/promises'", 'src/hub/b.ts'),
  ).toHaveLength(1)
})

test('a timer that is named and gone fails, as does a file that is gone', () => {
  expect(problemsOf('// setTimeout')).toHaveLength(1)
  expect(checkTimers({ 'src/hub/gone.ts': [1, 'deadline'] }, {})).toHaveLength(1)
})

test('a page may wait, but counts nothing by itself; and nobody looks at a file again and again', () => {
  expect(problemsOf('setTimeout(f, 1)', 'src/client/a.ts')).toEqual([])
  expect(problemsOf('setInterval(f, 1)', 'src/client/a.ts')).toHaveLength(1)
  expect(problemsOf("watchFile('a', f)", 'src/local-hub/a.ts')).toEqual([
    'src/local-hub/a.ts: watchFile polls; watch the folder',
  ])
})
