import { performance } from 'node:perf_hooks'

import { expect, test } from 'vitest'

import { stringOf } from '../../../src/sync/document-state.ts'
import { isLongRun } from '../../support/long.ts'
import { readTrace, skippedTrace, TracePlayer } from './trace-player.ts'

/** Transactions played, unless SALVUS_LONG plays them all. */
const TRANSACTIONS = isLongRun ? Infinity : 4000

for (const name of ['friendsforever', 'clownschool']) {
  const trace = readTrace(name)
  const title = `${name}: people who typed in one text, as recorded, end at one text`
  test.skipIf(!trace)(
    trace ? title : `${title} ${skippedTrace(name)}`,
    { timeout: 120_000 },
    () => {
      if (!trace) return
      const player = new TracePlayer(trace)
      const start = performance.now()
      let played = 0
      for (const _step of player.steps(TRANSACTIONS)) played++
      const microseconds = (1000 * (performance.now() - start)) / played
      console.log(`${name}: ${played} transactions, ${microseconds.toFixed(0)} us each, all sides`)
      const text = player.end()
      for (const tab of player.world.tabs) expect(stringOf(tab.client.view, '')).toBe(text)
      if (played === trace.txns.length) expect(text).toBe(trace.endContent)
    },
  )
}
