import { strict as assert } from 'node:assert'

import { trimHistory } from '../../../src/sync/commit.ts'
import { EMPTY_STATE, stringOf, textOf } from '../../../src/sync/document-state.ts'
import { endRecovery } from '../../../src/sync/end-recovery.ts'
import { hashState } from '../../../src/sync/hash.ts'
import {
  beginTerm,
  createOwner,
  openingRecords,
  restoreOwner,
} from '../../../src/sync/open-owner.ts'
import { beginRecovery } from '../../../src/sync/recovery.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { countsIn } from './characters.ts'
import { People } from './people.ts'
import { randomOf } from './random.ts'
import type { Random } from './random.ts'
import { World } from './world.ts'
import type { Tab } from './world.ts'

const STEPS = 250

/** Versions that a journal loses at most. */
const LOST_MAX = 14

export interface RepairOptions {
  /** The history is trimmed and the store deleted too: then places are found by what stands around. */
  readonly fuzzy: boolean
}

/** What happened, summed up over schedules. */
export type RepairCounts = Record<
  'typed' | 'lost' | 'recoveries' | 'restored' | 'forked' | 'rescued' | 'doubled',
  number
>

/**
 * People who type while the journal loses its end again and again, with an owner that asks for it or one that does not.
 * @throws where at the end somebody has another text, or something typed is lost, or (unless fuzzy) doubled
 */
export function runRepairs(seed: number, options: RepairOptions): RepairCounts {
  const random = randomOf(seed)
  const schedule = new Repairs(random, options)
  try {
    return schedule.run()
  } catch (error) {
    throw new Error(`seed ${seed} of repairs${options.fuzzy ? ', fuzzy,' : ''} fails`, {
      cause: error,
    })
  }
}

class Repairs {
  readonly #world: World
  readonly #random: Random
  readonly #people: People
  readonly #options: RepairOptions
  #term = 1
  #lost = 0
  #recoveries = 0
  #forked = 0

  constructor(random: Random, options: RepairOptions) {
    this.#random = random
    this.#options = options
    this.#world = new World(EMPTY_STATE, 2 + random.below(3))
    this.#people = new People(random, { breaksLines: true })
    this.#world.onUpdate = (_, { problem }) => {
      if (problem?.kind === 'forked') this.#forked++
      assert.notEqual(problem?.kind, 'mismatch')
    }
  }

  run(): RepairCounts {
    const world = this.#world
    world.settle()
    for (let step = 0; step < STEPS; step++) this.#step()
    this.#endRecovery()
    world.settle()
    return this.#check()
  }

  #step(): void {
    const world = this.#world
    const tab = this.#random.pick(world.tabs)
    if (!tab) return
    const kind = this.#random.below(100)
    if (kind < 34) this.#people.act(tab)
    else if (kind < 46) world.flush(tab)
    else if (kind < 62) this.#moveUp(tab)
    else if (kind < 69) world.turn()
    else if (kind < 88) this.#moveDown(tab)
    else if (kind < 93) this.#reconnect(tab)
    else if (kind < 95) this.#endRecovery()
    else if (kind < 97 && this.#random.chance(0.4)) this.#lose()
    else if (kind < 98 && this.#random.chance(0.3)) this.#crash()
    else if (kind < 99 && this.#options.fuzzy) this.#forget()
  }

  #moveUp(tab: Tab): void {
    const [first] = tab.up
    if (first && this.#random.chance(0.05)) this.#world.give(tab, first)
    if (this.#random.chance(0.02)) tab.up.shift()
    this.#world.deliverUp(tab)
  }

  #moveDown(tab: Tab): void {
    if (tab.down.length > 1 && this.#random.chance(0.03)) tab.down.reverse()
    this.#world.deliverDown(tab)
  }

  #reconnect(tab: Tab): void {
    if (tab.connection !== undefined && this.#random.chance(0.5)) this.#world.drop(tab)
    else this.#world.connect(tab)
  }

  /** What was suspected of a journal is so still, until a new term is written. */
  #crash(): void {
    const world = this.#world
    const isSuspected = world.owner.recovery !== undefined
    world.crash()
    if (isSuspected) beginRecovery(world.owner)
  }

  /** The machine goes down, and takes the end of the journal along. */
  #lose(): void {
    const world = this.#world
    this.#endRecovery()
    const v = Math.max(world.owner.base.v, world.owner.head - this.#random.below(LOST_MAX + 1))
    const lives = world.owner.terms.filter((start) => start.v > v).length
    this.#lost += world.owner.head - v
    // What was written last is lost first: from the first record of a later version on.
    const end = world.journal.findIndex((record) => record.k === 'item' && record.v > v)
    if (end !== -1) world.journal = world.journal.slice(0, end)
    world.crash()
    this.#term += 1 + lives
    if (this.#random.chance(0.6)) {
      this.#recoveries++
      beginRecovery(world.owner)
      for (const tab of world.tabs) if (this.#random.chance(0.6)) world.connect(tab)
    } else world.journal.push(beginTerm(world.owner, this.#life()))
  }

  #endRecovery(): void {
    if (this.#world.owner.recovery) endRecovery(this.#world.owner, this.#life())
    this.#world.turn()
  }

  #life() {
    this.#term = Math.max(this.#term, this.#world.owner.term) + 1
    return { term: this.#term, at: this.#world.now(), reason: 'the machine went down' }
  }

  #forget(): void {
    const world = this.#world
    if (world.owner.recovery) return
    world.turn()
    if (this.#random.chance(0.7)) return trimHistory(world.owner, 2)
    // The store is gone, and the file has all.
    for (const tab of world.tabs) world.drop(tab)
    world.owner = createOwner({ term: this.#life().term, state: world.owner.state })
    world.journal = [...openingRecords(world.owner, world.now())]
  }

  #check(): RepairCounts {
    const world = this.#world
    const state = stateToJson(world.owner.state)
    for (const { name, client, editors } of world.tabs) {
      assert.deepEqual(stateToJson(client.view), state, `the document of ${name}`)
      for (const part of world.owner.state.texts.sortedKeys())
        assert.equal(
          (editors.get(part) ?? textOf(EMPTY_STATE, '')).sliceString(0),
          stringOf(world.owner.state, part),
          `the editor of ${part} of ${name}`,
        )
    }
    const restored = restoreOwner(world.journal)
    assert.equal(hashState(restored.state), hashState(world.owner.state))
    assert.deepEqual(restored.terms, world.owner.terms)
    assert.deepEqual([...restored.rescued.keys()], [...world.owner.rescued.keys()])
    const { characters } = this.#people
    const counts = countsIn(world.owner.state)
    const pieces = [...world.tabs.flatMap((tab) => tab.rescued)]
    const rescued = new Set(pieces.join(''))
    const lost = [...characters.typed].filter(
      ([character]) =>
        !counts.has(character) && !characters.deleted.has(character) && !rescued.has(character),
    )
    assert.deepEqual(lost, [], 'lost')
    const doubled = [...counts].filter(([character, count]) => count > characters.most(character))
    if (!this.#options.fuzzy) assert.deepEqual(doubled, [], 'doubled')
    return {
      typed: characters.typed.size,
      lost: this.#lost,
      recoveries: this.#recoveries,
      restored: world.journal.filter((record) => record.k === 'item' && record.restored).length,
      forked: this.#forked,
      rescued: rescued.size,
      doubled: doubled.length,
    }
  }
}
