import { describe, expect, test } from 'vitest'

import { CrashBook } from '../../../../src/local-hub/documents/crash-book.ts'
import {
  chooseMoves,
  chooseThread,
  type ThreadLoad,
} from '../../../../src/local-hub/documents/thread-choice.ts'

const LIMITS = { ordinaryMax: 2, apartMax: 1 }

function thread(busy: number, documents: readonly number[], apart = false): ThreadLoad {
  return { busy, documents: new Map(documents.entries()), apart }
}

describe('a document that is opened', () => {
  test('starts a thread only where there is none with room', () => {
    const quiet = thread(0.2, [5])
    const busy = thread(0.8, [500])
    expect(chooseThread([], LIMITS, { apart: false })).toBe('new')
    expect(chooseThread([quiet], LIMITS, { apart: false })).toBe(quiet)
    expect(chooseThread([busy], LIMITS, { apart: false })).toBe('new')
    expect(chooseThread([busy, quiet], LIMITS, { apart: false })).toBe(quiet)
    expect(chooseThread([busy, busy], LIMITS, { apart: false })).toBe(busy)
  })

  test('stays away from those that are apart, and they from each other while there are threads', () => {
    const apart = thread(0, [1], true)
    const ordinary = thread(0.9, [1])
    expect(chooseThread([apart], LIMITS, { apart: false })).toBe('new')
    expect(chooseThread([ordinary], LIMITS, { apart: true })).toBe('new')
    expect(chooseThread([ordinary, apart], LIMITS, { apart: true })).toBe(apart)
    const empty = thread(0, [])
    expect(chooseThread([ordinary, apart, empty], LIMITS, { apart: true })).toBe(empty)
  })
})

describe('a busy thread', () => {
  test('keeps its busy document, and the quiet ones leave', () => {
    const from = thread(0.9, [1, 400, 3])
    const to = thread(0.1, [])
    expect(chooseMoves(from, [from, to], LIMITS)).toEqual({ documents: [2, 0], to })
    expect(chooseMoves(from, [from], LIMITS)).toEqual({ documents: [2, 0], to: 'new' })
  })

  test('of many quiet documents loses the busy one instead', () => {
    const from = thread(0.9, [400, ...Array.from({ length: 20 }, () => 1)])
    expect(chooseMoves(from, [from], LIMITS)?.documents).toEqual([0])
  })

  test('of equal ones loses half of the work', () => {
    const from = thread(0.9, [100, 100, 100, 100])
    expect(chooseMoves(from, [from], LIMITS)?.documents).toHaveLength(2)
  })

  test('keeps all where nobody has more room, or it is not busy, or has one', () => {
    const from = thread(0.9, [100, 100])
    expect(chooseMoves(from, [from, thread(0.8, [1])], LIMITS)).toBeUndefined()
    expect(chooseMoves(thread(0.5, [1, 2]), [], LIMITS)).toBeUndefined()
    expect(chooseMoves(thread(1, [1]), [], LIMITS)).toBeUndefined()
  })
})

test('a document is a suspect for a minute, and waits after the third crash', () => {
  let now = 0
  const book = new CrashBook(() => now)
  for (let n = 0; n < 3; n++) {
    expect(book.waitMs('/a')).toBe(0)
    book.crashed('/a')
    now += 1000
  }
  expect(book.isSuspect('/a')).toBe(true)
  expect(book.isSuspect('/b')).toBe(false)
  expect(book.waitMs('/a')).toBe(57_000)
  now += 57_001
  expect(book.waitMs('/a')).toBe(0)
  now += 60_000
  expect(book.isSuspect('/a')).toBe(false)
})
