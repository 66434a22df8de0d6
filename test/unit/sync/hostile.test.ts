import { describe, expect, test } from 'vitest'

import { connect, flush } from '../../../src/sync/client-local.ts'
import { joinFragment } from '../../../src/sync/fragments.ts'
import { decodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import { codeOf } from '../../../src/util/coded-error.ts'
import { isLongRun } from '../../support/long.ts'
import { randomOf } from '../../simulation/sync/random.ts'
import type { Random } from '../../simulation/sync/random.ts'
import type { World } from '../../simulation/sync/world.ts'
import { act, move, pair, shown, type } from './pair.ts'
import { randomEdit } from './random-edit.ts'

const CODES = ['bad_message', 'too_large']
const SEEDS = isLongRun ? 200 : 20
const TIMEOUT_MS = 120_000

/** What a broken or hostile peer makes of a frame. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = [...bytes]
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(copy.length + 1)
    const kind = random.below(5)
    if (kind === 0) copy.length = at
    else if (kind === 1) copy.splice(at, 0, random.below(256))
    else if (kind === 2) copy.splice(at, 1 + random.below(4))
    else if (kind === 3) copy.splice(at, 0, ...copy.slice(random.below(copy.length + 1)))
    // A length or a count that is large.
    else copy.splice(at, 1, 0xff, 0xff, 0xff, 0xff, random.below(16))
  }
  return new Uint8Array(copy)
}

/** Frames of each kind, as they go over the channels of a document. */
function frames(seed: number): { up: Uint8Array[]; down: Uint8Array[] } {
  const { world, anna, bert } = pair('one two')
  const up: Uint8Array[] = []
  const down: Uint8Array[] = []
  const flow = (): void => {
    for (const tab of world.tabs) {
      world.flush(tab)
      up.push(...tab.up)
      while (tab.up.length > 0) world.deliverUp(tab)
    }
    world.turn()
    for (const tab of world.tabs) {
      down.push(...tab.down)
      while (tab.down.length > 0) world.deliverDown(tab)
    }
  }
  act(anna, randomEdit(anna.client.view, seed, 'A'), 'none')
  flow()
  world.drop(bert)
  act(bert, randomEdit(bert.client.view, seed + 1, 'B'), 'none')
  world.connect(bert)
  flow()
  world.journal = world.journal.filter((record) => !('v' in record) || record.v < 1)
  world.crash()
  for (const tab of world.tabs) world.connect(tab)
  for (let round = 0; round < 4; round++) flow()
  return { up, down }
}

function codeOfThrown(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

describe('broken and hostile frames', { timeout: TIMEOUT_MS }, () => {
  test('[S17] a frame that is changed in any way is a message, ignored, or refused with a code', () => {
    let refused = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomOf(seed)
      const { up, down } = frames(seed)
      for (const [list, decode] of [
        [up, decodeClientMessage],
        [down, decodeOwnerMessage],
      ] as const) {
        for (const bytes of list) {
          const code = codeOfThrown(() => decode(mutated(bytes, random)))
          if (code === undefined) continue
          expect(CODES, `seed ${seed}`).toContain(code)
          refused++
        }
      }
    }
    expect(refused).toBeGreaterThan(SEEDS)
  })

  test('[S17] an owner that gets them goes on for the others, and throws nothing but a code', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomOf(seed)
      const { world, anna, bert } = pair('one two')
      const { up } = frames(seed)
      for (const bytes of up) {
        type(anna, { from: 0, insert: 'a' })
        act(bert, randomEdit(bert.client.view, seed, `H${random.below(1000)}`), 'none')
        const own = random.chance(0.5) ? flush(bert.client) : connect(bert.client)
        for (const frame of [mutated(bytes, random), ...own.map((each) => mutated(each, random))])
          giveHostile(world, frame, seed)
        // What it is answered means nothing: it is not what the page sent.
        world.turn()
        bert.down = []
        world.flush(anna)
        while (anna.up.length > 0) world.deliverUp(anna)
        world.turn()
        while (anna.down.length > 0) world.deliverDown(anna)
      }
      world.drop(bert)
      move(world)
      expect(shown(world)[0], `seed ${seed}`).toBe(shown(world)[2])
      expect(
        [...(shown(world)[2] ?? '')].filter((letter) => letter === 'a').length,
      ).toBeGreaterThan(0)
    }
  })

  function giveHostile(world: World, frame: Uint8Array, seed: number): void {
    const [, bert] = world.tabs
    if (!bert) return
    const code = codeOfThrown(() => world.give(bert, frame))
    if (code !== undefined) expect(CODES, `seed ${seed}`).toContain(code)
  }

  test('[S17] a page that gets them throws nothing but a code, and is right again after it connects anew', () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = randomOf(seed)
      const { world, anna, bert } = pair('one two')
      for (let step = 0; step < 6; step++) {
        type(anna, { from: 0, insert: 'a' })
        world.flush(anna)
        while (anna.up.length > 0) world.deliverUp(anna)
        world.turn()
        while (anna.down.length > 0) world.deliverDown(anna)
        const cut = bert.down.map((bytes) => bytes.subarray(0, random.below(bytes.length)))
        bert.down = []
        for (const bytes of cut) {
          const code = codeOfThrown(() => world.take(bert, bytes))
          if (code !== undefined) expect(CODES, `seed ${seed}`).toContain(code)
        }
      }
      world.settle()
      expect(new Set(shown(world)).size, `seed ${seed}`).toBe(1)
    }
  })

  test('[S17] fragments without end are refused before they fill the memory', () => {
    const earlier: Uint8Array[] = []
    const empty = new Uint8Array([0x7e])
    const code = codeOfThrown(() => {
      for (let count = 0; count < 10_000; count++) joinFragment(earlier, empty)
    })
    expect(code).toBe('too_large')
    expect(earlier.length).toBeLessThan(10_000)
  })
})
