import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { SaveTimer } from '../../../../src/local-hub/documents/save-timer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function timing(): { timer: SaveTimer; saves: number[] } {
  const saves: number[] = []
  const begun = performance.now()
  const timer = new SaveTimer(() => saves.push(performance.now() - begun))
  return { timer, saves }
}

test('saves when nobody typed for a moment, and every two seconds while somebody does', () => {
  const { timer, saves } = timing()
  timer.changed()
  vi.advanceTimersByTime(1_000)
  expect(saves).toEqual([300])
  for (let n = 0; n < 50; n++) {
    timer.changed()
    vi.advanceTimersByTime(100)
  }
  expect(saves).toEqual([300, 3_000, 5_000])
  timer.stop()
})

test('waits for more where saves take long, but never so long that people are told too late', () => {
  const { timer, saves } = timing()
  timer.took(5)
  timer.changed()
  vi.advanceTimersByTime(300)
  expect(saves).toEqual([300])
  timer.took(50)
  timer.changed()
  vi.advanceTimersByTime(1_000)
  expect(saves).toEqual([300, 1_300])
  timer.took(60_000)
  timer.changed()
  vi.advanceTimersByTime(3_000)
  expect(saves).toEqual([300, 1_300, 4_300])
})
