import { expect, test } from 'vitest'

import { DocumentCounts } from '../../../../src/hub/relay/document-counts.ts'

const TOLD = { open: 2, threads: 1, turns: 10, moves: 1, threadsLost: 0, divergences: 0 }

test('what happened is added up, what is open counts as long as its link', () => {
  const counts = new DocumentCounts()
  const [a, b] = [{}, {}]
  counts.add(a, { ...TOLD, longestTurnMs: 5 })
  counts.add(b, { ...TOLD, longestTurnMs: 3 })
  counts.add(b, { ...TOLD, open: 1, divergences: 1, longestTurnMs: 4 })
  const happened = { turns: 30, moves: 3, threadsLost: 0, divergences: 1, longestTurnMs: 5 }
  expect(counts.now).toEqual({ ...happened, open: 3, threads: 2 })
  counts.forget(b)
  expect(counts.now).toEqual({ ...happened, open: 2, threads: 1 })
})
