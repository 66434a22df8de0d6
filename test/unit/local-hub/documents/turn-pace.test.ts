import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { TurnPace } from '../../../../src/local-hub/documents/turn-pace.ts'

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  })
})
afterEach(() => {
  vi.useRealTimers()
})

function paced(receivers: number): { pace: TurnPace; ends: number[] } {
  const ends: number[] = []
  const pace = new TurnPace(() => {
    ends.push(performance.now())
    pace.ended(receivers)
  })
  return { pace, ends }
}

it('ends a turn at once where nothing was told for a while', () => {
  const { pace, ends } = paced(200)
  const start = performance.now()
  pace.soon()
  pace.soon()
  vi.advanceTimersByTime(0)
  expect(ends).toEqual([start])
})

it('lets the hubs tell 200 people before the next turn, and 1000 no longer than 10 ms', () => {
  for (const [receivers, pause] of [
    [200, 4],
    [1000, 10],
  ] as const) {
    const { pace, ends } = paced(receivers)
    const start = performance.now()
    for (let ms = 0; ms < 40; ms++) {
      pace.soon()
      vi.advanceTimersByTime(1)
    }
    expect(ends[0]).toBe(start)
    for (const [index, at] of ends.slice(1).entries()) expect(at - (ends[index] ?? 0)).toBe(pause)
    pace.stop()
  }
})

it('waits for nobody where few listen', () => {
  const { pace, ends } = paced(10)
  for (let n = 0; n < 5; n++) {
    pace.soon()
    vi.advanceTimersByTime(0)
  }
  expect(ends).toHaveLength(5)
})

it('ends no turn that somebody else has ended, nor one after it was stopped', () => {
  const { pace, ends } = paced(200)
  pace.soon()
  pace.ended(0)
  pace.soon()
  pace.stop()
  vi.advanceTimersByTime(50)
  expect(ends).toEqual([])
})
