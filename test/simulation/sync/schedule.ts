import { strict as assert } from 'node:assert'

import type { Client } from '../../../src/sync/client.ts'
import { EMPTY_STATE } from '../../../src/sync/document-state.ts'
import { hashState } from '../../../src/sync/hash.ts'
import { restoreOwner } from '../../../src/sync/open-owner.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { countsIn } from './characters.ts'
import { Happenings } from './happenings.ts'
import type { Disturbance } from './happenings.ts'
import { randomOf } from './random.ts'
import { World } from './world.ts'

const STEPS = 250

export type Totals = Record<string, number>

/**
 * One random history of people, connections, crashes and other programs. @throws where at its end somebody has another
 * text, or something typed is lost or there twice, or something acknowledged was not stored
 */
export function runSchedule(seed: number, without: readonly Disturbance[] = []): Totals {
  const random = randomOf(seed)
  const world = new World(EMPTY_STATE, 2 + random.below(3))
  const happenings = new Happenings(world, random, without)
  try {
    watch(world)
    world.settle()
    for (let step = 0; step < STEPS; step++) happenings.step()
    world.settle()
    // What stands in the file by now, and what that changes for all.
    happenings.save()
    world.settle()
    return checkAll(world, happenings)
  } catch (error) {
    throw new Error(`seed ${seed} fails: npm run fuzz -- --seed ${seed} --count 1`, {
      cause: error,
    })
  }
}

/** What must never come to a client. */
function watch(world: World): void {
  world.onUpdate = ({ name, client }, { problem }) => {
    if (!world.mayFork) assert.notEqual(problem?.kind, 'forked', `${name} is forked`)
    assert.notEqual(problem?.kind, 'mismatch', `the text of ${name} is another`)
    const stored = world.journal.findLast(
      (record) => record.k === 'item' || record.k === 'snapshot',
    )
    assert.ok(client.m <= (stored?.v ?? 0), `${name} has version ${client.m}, which is not stored`)
  }
  world.onRestart = () => {
    for (const { name, client } of world.tabs) checkStored(world, name, client)
  }
}

/** (I3) What a client has seen, and what of it was acknowledged, is in the journal. */
function checkStored({ owner, mayFork }: World, name: string, client: Client): void {
  if (client.phase === 'new' || client.restored) return
  const author = owner.authorIndexes.get(client.sid)
  const count = author === undefined ? 0 : (owner.counts[author] ?? 0)
  assert.ok(client.m <= owner.head, `${name} has version ${client.m}, lost by the journal`)
  if (!mayFork) assert.ok(client.n <= count, `${name}: ${client.n} acknowledged, ${count} stored`)
}

function checkAll(world: World, happenings: Happenings): Totals {
  const state = stateToJson(world.owner.state)
  for (const { name, client, editors } of world.tabs) {
    assert.deepEqual(stateToJson(client.view), state, `the document of ${name}`)
    const shown = [...editors].filter(([, text]) => text.length > 0)
    assert.deepEqual(
      new Map(shown.map(([part, text]) => [part, text.sliceString(0)])),
      new Map(state.texts),
      `the editors of ${name}`,
    )
  }
  assert.equal(hashState(restoreOwner(world.journal).state), hashState(world.owner.state))
  assert.equal(hashState(happenings.disk.file), hashState(world.owner.state))
  const { characters } = happenings.people
  const counts = countsIn(world.owner.state)
  const rescued = new Set([...rescuedTexts(world)].join(''))
  const doubled = [...counts].filter(([character, count]) => count > characters.most(character))
  assert.deepEqual(doubled, [], 'doubled')
  const lost = [...characters.typed].filter(
    ([character]) =>
      !counts.has(character) && !characters.deleted.has(character) && !rescued.has(character),
  )
  assert.deepEqual(lost, [], 'lost')
  return {
    typed: characters.typed.size,
    found: counts.size,
    deleted: characters.deleted.size,
    rescued: rescued.size,
    versions: world.owner.head,
    ...Object.fromEntries(happenings.happened),
  }
}

function* rescuedTexts(world: World): Iterable<string> {
  for (const item of world.owner.history) for (const op of item.edit) if (op[0] === 'r') yield op[2]
  for (const record of world.journal)
    if (record.k === 'item') for (const op of record.c) if (op[0] === 'r') yield op[2]
  for (const tab of world.tabs) yield* tab.rescued
  yield* world.rescued
}
