import { performance } from 'node:perf_hooks'

import { ChangeSet } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { applyEdit } from '../../../src/sync/apply.ts'
import { applySummed, sumOfState } from '../../../src/sync/checksum.ts'
import { stateOfText } from '../../../src/sync/document-state.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { START, insertAt, randomEdit } from './random-edit.ts'

const seeds = fc.integer({ min: 0, max: 1_000_000 })

describe('the sum of a document', () => {
  test('[S27] kept up edit by edit it is the sum of the whole document', () => {
    const property = fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, count) => {
      let summed = { state: START, sum: sumOfState(START) }
      for (let step = 0; step < count; step++)
        summed = applySummed(summed, randomEdit(summed.state, seed + step, `A${step}`))
      expect(summed.sum).toBe(sumOfState(summed.state))
    })
    fc.assert(property, { numRuns: 1000 })
  })

  test('[S27] two documents that differ have two sums', () => {
    const property = fc.property(seeds, seeds, (seedA, seedB) => {
      const a = applyEdit(START, randomEdit(START, seedA, 'A'))
      const b = applyEdit(START, randomEdit(START, seedB, 'A'))
      const isSame = JSON.stringify(stateToJson(a)) === JSON.stringify(stateToJson(b))
      const isSeen = isSame || !onlyStreamsDiffer(a, b)
      if (isSeen) expect(sumOfState(a) === sumOfState(b)).toBe(isSame)
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('[S27] two letters that changed their places are seen', () => {
    const sums = ['', 'a', 'ab', 'ba', 'a\nb', 'b\na', '\0', ' ', 'ab\n'].map((text) =>
      sumOfState(stateOfText(text)),
    )
    expect(new Set(sums).size).toBe(sums.length)
  })

  test('[S27] a typed character costs the same in a text of 10 kB, of 5 MB, and of one line', () => {
    const line = `${'x'.repeat(79)}\n`
    const texts = [line.repeat(125), line.repeat(65_536), 'x'.repeat(5 * 1024 * 1024)]
    const costs = texts.map((text) => {
      const state = stateOfText(text)
      const edit = [['t', '', insertAt(text.length >> 1, 'a', text.length)] as const]
      const after = applyEdit(state, edit)
      const summing = { state, sum: 1 }
      const cost = best(() => void applySummed(summing, edit, () => after))
      return cost
    })
    console.log(`sum of a typed character, us: ${costs.map((cost) => cost.toFixed(2)).join(' / ')}`)
    // Generous: the machine may be busy. A sum of the whole would take milliseconds.
    for (const cost of costs) expect(cost).toBeLessThan(20)
  })
})

/** Streams count by run and length only. */
function onlyStreamsDiffer(a: typeof START, b: typeof START): boolean {
  const rest = (json: ReturnType<typeof stateToJson>) => JSON.stringify({ ...json, streams: [] })
  return rest(stateToJson(a)) === rest(stateToJson(b))
}

/** Microseconds of the fastest of some batches. */
function best(work: () => void): number {
  let least = Infinity
  for (let batch = 0; batch < 20; batch++) {
    const start = performance.now()
    for (let turn = 0; turn < 500; turn++) work()
    least = Math.min(least, (performance.now() - start) * 2)
  }
  return least
}

test('[S27] many changes in one edit, near to each other or far, are summed once each', () => {
  const property = fc.property(fc.array(fc.nat(60), { maxLength: 8 }), (places) => {
    const state = stateOfText('abcdefghij'.repeat(6))
    const specs = [...new Set(places)].map((from) => ({
      from,
      to: Math.min(60, from + (from % 3)),
      insert: 'XY'.slice(0, from % 2),
    }))
    const sorted = specs.toSorted((a, b) => a.from - b.from)
    const apart = sorted.filter((spec, index) => spec.from >= (sorted[index - 1]?.to ?? 0))
    const edit = [['t', '', ChangeSet.of(apart, 60)] as const]
    const after = applySummed({ state, sum: sumOfState(state) }, edit)
    expect(after.sum).toBe(sumOfState(after.state))
  })
  fc.assert(property, { numRuns: 1000 })
})
