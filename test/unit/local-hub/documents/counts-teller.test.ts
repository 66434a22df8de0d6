import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import {
  CountsTeller,
  type DocumentCounts,
} from '../../../../src/local-hub/documents/counts-teller.ts'
import type { PoolMetrics } from '../../../../src/local-hub/documents/worker-pool.ts'

const EVERY_MS = 1000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function metrics(turns: number, more: Partial<PoolMetrics> = {}): PoolMetrics {
  const nothing = { moves: 0, threadsLost: 0, longestTurnMs: 0, divergences: 0 }
  return { threads: 1, documents: 2, turns, ...nothing, ...more }
}

function teller() {
  const told: DocumentCounts[] = []
  const world = { metrics: metrics(0), heard: true }
  const counts = new CountsTeller({
    metrics: () => world.metrics,
    tell: (each) => {
      if (world.heard) told.push(each)
      return world.heard
    },
    everyMs: EVERY_MS,
  })
  return { told, world, counts }
}

test('what happened is told once, a while later, as more than was told before', () => {
  const { told, world, counts } = teller()
  world.metrics = metrics(3, { divergences: 1 })
  counts.changed()
  world.metrics = metrics(5, { divergences: 1, longestTurnMs: 7 })
  counts.changed()
  expect(told).toEqual([])
  vi.advanceTimersByTime(EVERY_MS)
  world.metrics = metrics(6, { divergences: 1, longestTurnMs: 7, documents: 0 })
  counts.changed()
  vi.advanceTimersByTime(EVERY_MS)
  const nothing = { threads: 1, moves: 0, threadsLost: 0 }
  expect(told).toEqual([
    { ...nothing, open: 2, turns: 5, divergences: 1, longestTurnMs: 7 },
    { ...nothing, open: 0, turns: 1, divergences: 0, longestTurnMs: 7 },
  ])
})

test('what nobody heard is told with what comes next', () => {
  const { told, world, counts } = teller()
  world.heard = false
  world.metrics = metrics(3)
  counts.changed()
  vi.advanceTimersByTime(EVERY_MS)
  world.heard = true
  world.metrics = metrics(4)
  counts.changed()
  vi.advanceTimersByTime(EVERY_MS)
  expect(told.map(({ turns }) => turns)).toEqual([4])
})

test('nothing is told after the end', () => {
  const { told, counts } = teller()
  counts.changed()
  counts[Symbol.dispose]()
  vi.advanceTimersByTime(EVERY_MS)
  expect(told).toEqual([])
})
