import { expect, test } from 'vitest'

import { isLongRun } from '../../support/long.ts'
import { runSchedule } from './schedule.ts'
import type { Totals } from './schedule.ts'

/** In four files, so that vitest runs them on all cores. */
const SHARES = 4

/** Of all shares. SALVUS_SCHEDULES is for the mutation check, which needs few. */
const SEEDS = Number(process.env['SALVUS_SCHEDULES'] ?? (isLongRun ? 100_000 : 10_000))
const FIRST_SEED = Number(process.env['SALVUS_SEED'] ?? 1)

/** 10,000 schedules take 70 s on two cores; on a busy machine several times that. */
const TIMEOUT_MS = (isLongRun ? 10 : 1) * 10 * 60_000

/** A share of the schedules: every fourth seed from this one. */
export function testShare(share: number): void {
  const title = `whatever happens to connections, pages, files and the owner, all end at one text with all that was typed (${share} of ${SHARES})`
  test(title, { timeout: TIMEOUT_MS }, () => {
    const totals: Totals = {}
    let schedules = 0
    for (let seed = FIRST_SEED + share - 1; seed < FIRST_SEED + SEEDS; seed += SHARES) {
      for (const [key, count] of Object.entries(runSchedule(seed)))
        totals[key] = (totals[key] ?? 0) + count
      schedules++
    }
    console.log(`${schedules} schedules: ${JSON.stringify(totals)}`)
    // That work happened.
    expect(totals['typed']).toBeGreaterThan(15 * schedules)
    expect(totals['rescued'] ?? 0).toBeGreaterThan(0)
  })
}
