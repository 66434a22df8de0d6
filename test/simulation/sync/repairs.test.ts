import { expect, test } from 'vitest'

import { isLongRun } from '../../support/long.ts'
import { runRepairs } from './repairs.ts'
import type { RepairCounts } from './repairs.ts'

const SEEDS = isLongRun ? 4000 : 150
const FUZZY_SEEDS = isLongRun ? 1500 : 60

function runAll(seeds: number, fuzzy: boolean): Record<string, number> {
  const totals: Record<string, number> = {}
  for (let seed = 1; seed <= seeds; seed++) {
    const counts: RepairCounts = runRepairs(seed, { fuzzy })
    for (const [key, count] of Object.entries(counts)) totals[key] = (totals[key] ?? 0) + count
  }
  console.log(`repairs${fuzzy ? ', fuzzy' : ''}: ${seeds} seeds, ${JSON.stringify(totals)}`)
  return totals
}

test('[S28] [S31] however often the end of the journal is lost, nothing typed is lost or doubled', () => {
  const totals = runAll(SEEDS, false)
  expect(totals).toMatchObject({ doubled: 0 })
  for (const key of ['lost', 'recoveries', 'forked'])
    expect(totals[key]).toBeGreaterThan(SEEDS / 10)
}, 120_000)

test('[S29] [S33] where the history or the whole store is gone too, nothing typed is lost, and all have one text', () => {
  const totals = runAll(FUZZY_SEEDS, true)
  expect(totals['forked']).toBeGreaterThan(FUZZY_SEEDS)
  expect(totals['rescued']).toBeGreaterThan(0)
}, 120_000)
