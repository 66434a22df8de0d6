import { existsSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { gunzipSync } from 'node:zlib'

import { ChangeSet } from '@codemirror/state'
import { expect, test } from 'vitest'

import { localChange } from '../../../src/sync/client-local.ts'
import { EMPTY_STATE, stringOf, textOf } from '../../../src/sync/document-state.ts'
import { World } from './world.ts'
import type { Tab } from './world.ts'
import { isLongRun } from '../../support/long.ts'

/** Recorded sessions (josephg/editing-traces, CC BY 4.0), outside the repository. */
const FOLDER =
  process.env['SALVUS_TRACES'] ??
  new URL('../../../../shared/data/traces/', import.meta.url).pathname

/** Transactions played, unless SALVUS_LONG plays them all. */
const TRANSACTIONS = isLongRun ? Infinity : 4000

type Patch = readonly [position: number, deleted: number, inserted: string]

interface Transaction {
  readonly parents: readonly number[]
  readonly agent: number
  readonly patches: readonly Patch[]
}

interface Trace {
  readonly endContent: string
  readonly numAgents: number
  readonly txns: readonly Transaction[]
}

for (const name of ['friendsforever', 'clownschool']) {
  const path = `${FOLDER}${name}.concurrent_traces.gz`
  const isThere = existsSync(path)
  const title = `${name}: people who typed in one text, as recorded, end at one text`
  test.skipIf(!isThere)(
    isThere ? title : `${title} (no ${path}; set SALVUS_TRACES)`,
    () => {
      const trace: Trace = JSON.parse(gunzipSync(readFileSync(path)).toString())
      const world = new World(EMPTY_STATE, trace.numAgents)
      world.settle()
      const player = new Player(world, trace)
      const start = performance.now()
      const played = player.play(TRANSACTIONS)
      const microseconds = (1000 * (performance.now() - start)) / played
      console.log(`${name}: ${played} transactions, ${microseconds.toFixed(0)} us each, all sides`)
      world.settle()
      const text = stringOf(world.owner.state, '')
      for (const tab of world.tabs) expect(stringOf(tab.client.view, '')).toBe(text)
      if (played === trace.txns.length) expect(text).toBe(trace.endContent)
    },
    120_000,
  )
}

/** Lets each person type at the state that the trace says, by holding messages back until they were seen. */
class Player {
  readonly #world: World
  readonly #trace: Trace
  /** For each transaction: the versions its author must have, by agent: how many of their transactions. */
  readonly #seen: (readonly number[])[] = []
  /** What each tab has of each agent. */
  readonly #has: number[][]

  constructor(world: World, trace: Trace) {
    this.#world = world
    this.#trace = trace
    this.#has = world.tabs.map(() => world.tabs.map(() => 0))
  }

  play(limit: number): number {
    const { txns, numAgents } = this.#trace
    const count = Math.min(limit, txns.length)
    for (let index = 0; index < count; index++) {
      const transaction = txns[index]
      if (!transaction) break
      const seen = this.#seenBefore(transaction, numAgents)
      const tab = this.#world.tabs[transaction.agent]
      if (tab) this.#catchUp(tab, transaction.agent, seen)
      if (tab) this.#type(tab, transaction)
      this.#seen[index] = seen.map((n, agent) => (agent === transaction.agent ? n + 1 : n))
    }
    return count
  }

  #seenBefore(transaction: Transaction, agents: number): number[] {
    const seen = Array.from({ length: agents }, () => 0)
    for (const parent of transaction.parents)
      this.#seen[parent]?.forEach((n, agent) => {
        seen[agent] = Math.max(seen[agent] ?? 0, n)
      })
    return seen
  }

  /** Takes messages until others' transactions are all there that the author had. */
  #catchUp(tab: Tab, self: number, seen: readonly number[]): void {
    const has = this.#has[self] ?? []
    const isBehind = () => seen.some((n, agent) => agent !== self && (has[agent] ?? 0) < n)
    while (isBehind() && tab.down.length > 0) {
      const before = tab.updates.length
      this.#world.deliverDown(tab)
      for (const change of tab.updates[before]?.changes ?? []) {
        const agent = this.#world.tabs.findIndex((other) => other.name === change.by?.name)
        has[agent] = (has[agent] ?? 0) + 1
      }
      tab.updates.length = 0
    }
    expect(isBehind()).toBe(false)
  }

  #type(tab: Tab, transaction: Transaction): void {
    let changes = ChangeSet.empty(textOf(tab.client.view, '').length)
    for (const [from, deleted, insert] of transaction.patches)
      changes = changes.compose(
        ChangeSet.of({ from, to: from + deleted, insert }, changes.newLength, '\n'),
      )
    localChange(tab.client, [['t', '', changes]], { undo: 'none' })
    tab.editors.set('', changes.apply(tab.editors.get('') ?? textOf(EMPTY_STATE, '')))
    this.#world.flush(tab)
    while (tab.up.length > 0) this.#world.deliverUp(tab)
    this.#world.turn()
  }
}
