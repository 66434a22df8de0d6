import { describe, expect, test } from 'vitest'

import { applyEdit } from '../../../src/sync/apply.ts'
import { type DocumentState, EMPTY_STATE, streamOf } from '../../../src/sync/document-state.ts'

const PART = 'c.output'
const START = applyEdit(EMPTY_STATE, [
  ['i', 'cells', 'c', ''],
  ['c', PART, 'run'],
])

function appended(state: DocumentState, sequence: number, ...messages: string[]): DocumentState {
  return applyEdit(state, [['a', PART, 'run', sequence, messages]])
}

const says = (state: DocumentState) => streamOf(state, PART).messages

describe('the messages of a stream', () => {
  test('stay as they were in each version, also where two go on from one', () => {
    const one = appended(START, 0, 'a')
    const two = appended(one, 1, 'b', 'c')
    const other = appended(one, 1, 'x')
    const three = appended(two, 3, 'd')
    const late = appended(two, 3, 'D')
    expect([START, one, two, other, three, late].map(says)).toEqual([
      [],
      ['a'],
      ['a', 'b', 'c'],
      ['a', 'x'],
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'D'],
    ])
    expect(says(one)).toBe(says(one))
  })

  test('that are known already are not appended again', () => {
    const two = appended(appended(START, 0, 'a', 'b'), 1, 'b', 'c')
    expect(streamOf(two, PART)).toEqual({ run: 'run', next: 3, messages: ['a', 'b', 'c'] })
  })

  test('cost what is appended, not what is there', () => {
    const cost = (count: number): number => {
      const { user } = process.cpuUsage()
      let state = START
      for (let n = 0; n < count; n++) state = appended(state, n, 'output')
      expect(says(state)).toHaveLength(count)
      return process.cpuUsage({ user, system: 0 }).user / count
    }
    cost(10_000)
    const few = cost(20_000)
    expect(cost(100_000)).toBeLessThan(5 * few + 5)
  })
})
