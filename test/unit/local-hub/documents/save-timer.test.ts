import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { SavePace } from '../../../../src/local-hub/documents/save-pace.ts'
import { SaveTimer } from '../../../../src/local-hub/documents/save-timer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Documents of one thread, and when each was saved, in milliseconds from the beginning. */
function timing(documents = 1): {
  readonly pace: SavePace
  readonly timers: readonly SaveTimer[]
  readonly saves: readonly number[][]
  /** All are typed into for so long, each ten times a second. */
  readonly type: (ms: number) => void
} {
  const begun = performance.now()
  const pace = new SavePace()
  const saves = Array.from({ length: documents }, (): number[] => [])
  const timers = saves.map(
    (each) => new SaveTimer(pace, () => each.push(Math.round(performance.now() - begun))),
  )
  const type = (ms: number): void => {
    for (let at = 0; at < ms; at += 100) {
      for (const timer of timers) timer.changed()
      vi.advanceTimersByTime(100)
    }
  }
  return { pace, timers, saves, type }
}

test('saves when nobody typed for a moment, and every two seconds while somebody does', () => {
  const { timers, saves, type } = timing()
  timers[0]?.changed()
  vi.advanceTimersByTime(1_000)
  expect(saves).toEqual([[300]])
  type(5_000)
  expect(saves).toEqual([[300, 3_000, 5_000]])
})

test('saves at once what nobody has open any more, and nothing where nothing waits', () => {
  const { timers, saves } = timing()
  timers[0]?.now()
  timers[0]?.changed()
  vi.advanceTimersByTime(100)
  timers[0]?.now()
  vi.advanceTimersByTime(60_000)
  expect(saves).toEqual([[100]])
})

test('tries again what could not be saved, whatever is typed meanwhile', () => {
  const { timers, saves, type } = timing()
  timers[0]?.again(2_000)
  type(2_000)
  expect(saves).toEqual([[2_000]])
})

test('a document that is no longer to be saved leaves the others their turns', () => {
  const { timers, saves, type } = timing(3)
  type(100)
  vi.advanceTimersByTime(200)
  timers[1]?.stop()
  vi.advanceTimersByTime(60_000)
  expect(saves).toEqual([[300], [], [450]])
})

test('saves a few documents as if each were alone', () => {
  const { saves, type } = timing(4)
  type(5_000)
  expect(saves.map((each) => each.length)).toEqual([2, 2, 2, 2])
})

test('saves each of many documents in its turn, the later the more there are, up to some 15 seconds', () => {
  const twenty = timing(20)
  twenty.type(30_000)
  // A turn of 20 is 20 gaps of 150 ms, after the two seconds that each waits for more.
  for (const each of twenty.saves) expect(pauses(each)).toBeLessThanOrEqual(2_000 + 20 * 150 + 100)
  const all = timing(400)
  all.type(60_000)
  // And timers of whole milliseconds.
  const longest = 2_000 + 15_000 + 400 * 5
  expect(Math.max(...all.saves.map((each) => each[0] ?? Infinity))).toBeLessThanOrEqual(longest)
  for (const each of all.saves) expect(pauses(each)).toBeLessThanOrEqual(longest)
})

test('waits for more where saves take long, but never so long that people are told too late', () => {
  const { pace, timers, saves } = timing()
  pace.took(5)
  timers[0]?.changed()
  vi.advanceTimersByTime(300)
  expect(saves).toEqual([[300]])
  pace.took(50)
  timers[0]?.changed()
  vi.advanceTimersByTime(1_000)
  expect(saves).toEqual([[300, 1_300]])
  pace.took(60_000)
  timers[0]?.changed()
  vi.advanceTimersByTime(3_000)
  expect(saves).toEqual([[300, 1_300, 4_300]])
})

test('tries all that wait as soon as one could not be saved', () => {
  const { pace, saves, type } = timing(50)
  type(100)
  vi.advanceTimersByTime(200)
  pace.hurry()
  expect(saves.flat()).toEqual(Array.from({ length: 50 }, () => 300))
  vi.advanceTimersByTime(60_000)
  expect(saves.flat()).toHaveLength(50)
})

/** The longest time between two saves. */
function pauses(saves: readonly number[]): number {
  return Math.max(0, ...saves.slice(1).map((at, index) => at - (saves[index] ?? 0)))
}
