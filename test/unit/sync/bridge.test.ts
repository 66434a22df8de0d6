import { ChangeSet } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { transform } from '../../../src/sync/algebra.ts'
import { applyEdit } from '../../../src/sync/apply.ts'
import type { BridgeItem } from '../../../src/sync/bridge.ts'
import { bridgeEdit, bridgeItem, throughBridge } from '../../../src/sync/bridge.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { textOf } from '../../../src/sync/document-state.ts'
import { toChange } from '../../../src/sync/edit.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { spliceOf } from '../../../src/sync/splice.ts'
import { randomOf } from '../../simulation/sync/random.ts'
import type { Random } from '../../simulation/sync/random.ts'
import { START, insertAt, randomEdit } from './random-edit.ts'

const seeds = fc.integer({ min: 0, max: 1_000_000 })

/** Mostly typing, often at the same places, and now and then something that is not one change of a text. */
function someEdit(state: DocumentState, random: Random, name: string): Edit {
  if (random.chance(0.1)) return randomEdit(state, random.below(1000), name)
  const { length } = textOf(state, '')
  const from = Math.min(length, random.below(6))
  const to = random.chance(0.7) ? from : Math.min(length, from + random.below(4))
  const insert = random.chance(0.8) ? name : ''
  if (insert === '' && from === to) return someEdit(state, random, name)
  return [['t', '', ChangeSet.of({ from, to, insert }, length, '\n')]]
}

function chainOf(random: Random, name: string, count: number): Edit[] {
  let state = START
  return Array.from({ length: count }, (_, index) => {
    const edit = someEdit(state, random, `${name}${index}`)
    state = applyEdit(state, edit)
    return edit
  })
}

/** The bridge with nothing kept as numbers. */
function throughChangeSets(
  items: readonly Edit[],
  edit: Edit,
): { readonly edit: Edit; readonly items: readonly Edit[] } {
  let mapped = edit
  const over = items.map((item) => {
    const pair = transform(mapped, item)
    mapped = pair.incoming
    return pair.committed
  })
  return { edit: mapped, items: over }
}

function itemsOf(edits: readonly Edit[]): BridgeItem[] {
  return edits.map((edit, index) =>
    bridgeItem({ v: index + 1, term: 1, by: 1, n: index + 1, at: 0, edit }),
  )
}

describe('a bridge', () => {
  test('[S10] maps edits, and is mapped by them, as ChangeSets do it', () => {
    const property = fc.property(seeds, (seed) => {
      const random = randomOf(seed)
      let items = chainOf(random, 'C', 8)
      let bridge = itemsOf(items)
      for (const edit of chainOf(random, 'I', 4)) {
        const fast = throughBridge(bridge, edit)
        const exact = throughChangeSets(items, edit)
        expect(toChange(fast.edit)).toEqual(toChange(exact.edit))
        expect(fast.bridge.map((item) => toChange(bridgeEdit(item)))).toEqual(
          exact.items.map(toChange),
        )
        bridge = fast.bridge
        items = [...exact.items]
      }
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('keeps typing as numbers, and versions as they are', () => {
    const typing: Edit = [['t', '', insertAt(3, 'x', 23)]]
    const [item] = itemsOf([typing])
    expect(item?.splice).toMatchObject({ from: 3, deleted: 0, length: 23 })
    const { edit, bridge } = throughBridge(itemsOf([typing]), [['t', '', insertAt(3, 'yy', 23)]])
    expect(toChange(edit)).toEqual([['t', '', [3, [0, 'yy'], 21]]])
    expect(bridge[0]).toMatchObject({ v: 1, splice: { from: 5, length: 25 } })
  })

  test('refuses an edit that begins at another text', () => {
    const bridge = itemsOf([[['t', '', insertAt(3, 'x', 23)]]])
    expect(() => throughBridge(bridge, [['t', '', insertAt(0, 'y', 22)]])).toThrow(
      'begin at different texts',
    )
  })

  test('an edit of two changes, of another kind or of nothing is no splice', () => {
    const two = ChangeSet.of(
      [
        { from: 1, insert: 'a' },
        { from: 5, insert: 'b' },
      ],
      23,
    )
    expect(spliceOf([['t', '', two]])).toBeUndefined()
    expect(spliceOf([['f', 'hidden', true]])).toBeUndefined()
    expect(spliceOf([])).toBeUndefined()
  })
})
