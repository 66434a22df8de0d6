import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { FlushPace } from '../../../../src/local-hub/documents/flush-pace.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Journals of one thread, of which each flush ends when the test says. */
function journals(count: number): {
  readonly pace: FlushPace
  readonly flushes: readonly (() => Promise<void>)[]
  /** Those that were begun and have not ended, the oldest first. */
  readonly running: { readonly journal: number; readonly end: () => void }[]
} {
  const running: { readonly journal: number; readonly end: () => void }[] = []
  const flushes = Array.from(
    { length: count },
    (_each, journal) => () =>
      new Promise<void>((end) => {
        running.push({ journal, end })
      }),
  )
  return { pace: new FlushPace(), flushes, running }
}

const begun = (running: readonly { readonly journal: number }[]): readonly number[] =>
  running.map(({ journal }) => journal)

test('all that was written to within a tenth of a second is flushed at one moment', () => {
  const { pace, flushes, running } = journals(2)
  for (const flush of [...flushes, ...flushes]) {
    pace.soon(flush)
    vi.advanceTimersByTime(24)
  }
  expect(begun(running)).toEqual([])
  vi.advanceTimersByTime(4)
  expect(begun(running)).toEqual([0, 1])
  vi.advanceTimersByTime(1_000)
  expect(begun(running)).toEqual([0, 1])
})

test('of many some are flushed at a time, each once, and those of a later moment after them', async () => {
  const { pace, flushes, running } = journals(6)
  for (const flush of flushes.slice(0, 5)) pace.soon(flush)
  vi.advanceTimersByTime(100)
  expect(begun(running)).toEqual([0, 1, 2])
  for (const flush of flushes.slice(4)) pace.soon(flush)
  vi.advanceTimersByTime(100)
  expect(begun(running)).toEqual([0, 1, 2])
  for (const { end } of running) end()
  await vi.advanceTimersByTimeAsync(0)
  expect(begun(running)).toEqual([0, 1, 2, 3, 4, 5])
  for (const { end } of running) end()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(running.length).toBe(6)
})

test('what was flushed for somebody who waits is not flushed again', () => {
  const { pace, flushes, running } = journals(2)
  for (const flush of flushes) pace.soon(flush)
  for (const flush of flushes.slice(0, 1)) pace.cancel(flush)
  vi.advanceTimersByTime(100)
  expect(begun(running)).toEqual([1])
  for (const flush of flushes.slice(0, 1)) {
    pace.soon(flush)
    pace.cancel(flush)
  }
  expect(vi.getTimerCount()).toBe(0)
})
