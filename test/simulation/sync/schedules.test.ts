import { expect, test } from 'vitest'

import { EMPTY_STATE } from '../../../src/sync/document-state.ts'
import { hashState } from '../../../src/sync/hash.ts'
import { restoreOwner } from '../../../src/sync/open-owner.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { People } from './people.ts'
import { randomOf } from './random.ts'
import { World } from './world.ts'
import { isLongRun } from '../../support/long.ts'

const SEEDS = isLongRun ? 10_000 : 1000
const FIRST_SEED = Number(process.env['SALVUS_SEED'] ?? 1)
const STEPS = 250

test('whatever happens to connections, pages and the owner, all end at one text with all that was typed', () => {
  const totals = { typed: 0, found: 0, deleted: 0, rescued: 0, versions: 0 }
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const counts = runSchedule(seed)
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += counts[key]
  }
  console.log(`sync schedules: ${SEEDS} seeds, ${JSON.stringify(totals)}`)
  expect(totals.typed).toBeGreaterThan(20 * SEEDS)
  expect(totals.rescued).toBeGreaterThan(0)
}, 120_000)

function runSchedule(seed: number) {
  const random = randomOf(seed)
  const world = new World(EMPTY_STATE, 2 + random.below(3))
  const people = new People(world, random)
  try {
    world.settle()
    for (let step = 0; step < STEPS; step++) people.step()
    world.settle()
    return checkAll(world, people)
  } catch (error) {
    throw new Error(`seed ${seed} (SALVUS_SEED=${seed} runs from it)`, { cause: error })
  }
}

function checkAll(world: World, people: People) {
  const state = stateToJson(world.owner.state)
  for (const tab of world.tabs) {
    expect(stateToJson(tab.client.view)).toEqual(state)
    const shown = [...tab.editors].filter(([, text]) => text.length > 0)
    expect(new Map(shown.map(([part, text]) => [part, text.sliceString(0)]))).toEqual(
      new Map(state.texts),
    )
  }
  expect(hashState(restoreOwner(world.journal).state)).toBe(hashState(world.owner.state))
  const written = state.texts.map(([, text]) => text).join('')
  const rescued = new Set([...rescuedTexts(world)].join(''))
  expect(new Set(written).size).toBe(written.length)
  const lost = [...people.typed].filter(
    (character) =>
      !written.includes(character) && !people.deleted.has(character) && !rescued.has(character),
  )
  expect(lost).toEqual([])
  return {
    typed: people.typed.size,
    found: written.length,
    deleted: people.deleted.size,
    rescued: rescued.size,
    versions: world.owner.head,
  }
}

function* rescuedTexts(world: World): Iterable<string> {
  for (const item of world.owner.history) for (const op of item.edit) if (op[0] === 'r') yield op[2]
  for (const tab of world.tabs) yield* tab.rescued
}
