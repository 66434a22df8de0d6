import { ChangeSet, Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'

import { cellMode, modeChange } from '../../../../../src/client/editors/worksheet/cell-mode.ts'
import {
  moveCell,
  newCellId,
  splitCell,
} from '../../../../../src/client/editors/worksheet/cells.ts'
import {
  readRunState,
  runStateInWords,
} from '../../../../../src/client/editors/worksheet/run-state.ts'
import { snippetGroups } from '../../../../../src/client/editors/worksheet/snippets.ts'
import { applyEdit, buildState } from '../../../../../src/sync/apply.ts'
import { cellsOf, stringOf } from '../../../../../src/sync/document-state.ts'
import { toEdit } from '../../../../../src/sync/edit.ts'

describe('cells', () => {
  it.each([
    ['ab\ncd', 3, 'ab', 'cd'],
    ['ab\ncd', 2, 'ab', 'cd'],
    ['abcd', 2, 'ab', 'cd'],
    ['ab', 2, 'ab', ''],
    ['ab', 0, '', 'ab'],
    ['', 0, '', ''],
  ])('splits %j at %i without a line break at the seam', (text, offset, above, below) => {
    const before = buildState(
      toEdit([
        ['i', 'cells', 'a', ''],
        ['t', 'a.input', ChangeSet.of({ from: 0, insert: text }, 0, '\n').toJSON()],
      ]),
    )
    const after = applyEdit(before, toEdit(splitCell('a', 'b', Text.of(text.split('\n')), offset)))
    expect([
      cellsOf(after, 'cells'),
      stringOf(after, 'a.input'),
      stringOf(after, 'b.input'),
    ]).toEqual([['a', 'b'], above, below])
  })

  it('moves up and down by one place and stops at the ends', () => {
    const order = ['a', 'b', 'c']
    expect(moveCell(order, 'b', -1)).toEqual([['m', 'cells', 'b', '']])
    expect(moveCell(order, 'b', 1)).toEqual([['m', 'cells', 'b', 'c']])
    expect(moveCell(order, 'c', -1)).toEqual([['m', 'cells', 'c', 'a']])
    expect(moveCell(order, 'a', -1)).toBeUndefined()
    expect(moveCell(order, 'c', 1)).toBeUndefined()
  })

  it('makes ids that the protocol takes', () => {
    for (let made = 0; made < 50; made++) expect(newCellId()).toMatch(/^[A-Za-z0-9_-]{1,32}$/)
  })
})

describe('the mode of a cell', () => {
  it.each([
    ['%md\ntext', 'md'],
    ['\n  %md(hide=False)\ntext', 'md'],
    ['%auto\n%html\n<b>', 'html'],
    ['%time 1+1', 'code'],
    ['x = 5 %md', 'code'],
    ['%r\nx <- 1', 'other'],
    ['', 'code'],
    ['%__proto__\nx', 'other'],
  ])('of %j is %s', (text, mode) => {
    expect(cellMode(text)).toBe(mode)
  })

  it.each([
    ['x', 'md', '%md\nx'],
    ['%md\nx', 'code', 'x'],
    ['%html\nx', 'md', '%md\nx'],
  ] as const)('changes %j to %s', (text, mode, result) => {
    const edit = modeChange(text, mode)
    expect(edit && text.slice(0, edit.from) + edit.insert + text.slice(edit.to)).toBe(result)
  })
})

describe('the state of a cell', () => {
  it('says in words what the local hub wrote', () => {
    const word = (field: Parameters<typeof readRunState>[0], edited = false): string =>
      runStateInWords(readRunState(field), edited, 13_500).word
    expect([
      word(null),
      word({ kind: 'waiting', run: 'r', sinceMs: 0 }),
      word({ kind: 'running', run: 'r', sinceMs: 1000 }),
      word({ kind: 'done', run: 'r', sinceMs: 0, untilMs: 5, status: 'ok', session: 's' }),
      word({ kind: 'done', run: 'r', sinceMs: 0, untilMs: 5, status: 'ok', session: 's' }, true),
      word({ kind: 'done', run: 'r', sinceMs: 0, untilMs: 5, status: 'error', session: 's' }),
      word({ kind: 'failed', run: 'r', failure: { code: 'killed', message: 'x' } }),
      word('nonsense'),
    ]).toEqual([
      'not run',
      'waiting',
      'running 12 s',
      'done',
      'edited since',
      'failed',
      'failed',
      'not run',
    ])
  })
})

it('offers snippets for what runs', () => {
  expect(snippetGroups('sage').map(({ title }) => title)).toContain('Graphs')
  expect(snippetGroups('python').map(({ title }) => title)).not.toContain('Graphs')
})
