import { describe, expect, test } from 'vitest'

import type { Mutant } from './host.ts'
import { runSchedule } from './world.ts'

const SCHEDULES = 200

describe('leases of hosts', () => {
  test('no project ever runs on two hosts, and each runs again when all is well', async () => {
    let moves = 0
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const outcome = await runSchedule(seed)
      expect({ seed, ...outcome, moves: 0 }).toEqual({ seed, violations: [], stuck: [], moves: 0 })
      moves += outcome.moves
    }
    // Otherwise nothing was shown.
    expect(moves).toBeGreaterThan(SCHEDULES)
  }, 60_000)

  test.each<[Mutant, string]>([
    ['early_taker', 'takes a lease after a third of the term'],
    ['no_check_at_start', 'starts what was claimed in an earlier hold'],
    ['no_timer', 'leaves a project alone when its project server is dead'],
    ['start_without_claim', 'starts a project without claiming it'],
  ])(
    'the schedules notice who %s: %s',
    async (mutant) => {
      for (let seed = 1; seed <= SCHEDULES; seed++) {
        const { violations } = await runSchedule(seed, mutant)
        if (violations.length > 0) return
      }
      expect.unreachable(`no schedule noticed ${mutant}`)
    },
    60_000,
  )
})
