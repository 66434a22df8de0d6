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

  test.each<[Mutant, string, number?]>([
    ['early_taker', 'takes a lease after a third of the term'],
    // Takes a start of a whole term, in which the lease is lost, found again, and the project taken: one in 130 schedules.
    ['no_check_at_start', 'starts what was claimed in an earlier hold', 270],
    ['no_timer', 'leaves a project alone when its project server is dead'],
    ['start_without_claim', 'starts a project without claiming it'],
  ])(
    'the schedules notice who %s: %s',
    async (mutant, _what, first = 1) => {
      for (let seed = first; seed < first + SCHEDULES; seed++) {
        const { violations } = await runSchedule(seed, mutant)
        if (violations.length > 0) return
      }
      expect.unreachable(`no schedule noticed ${mutant}`)
    },
    60_000,
  )
})
