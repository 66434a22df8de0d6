import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

import { ChangeSet, type Text } from '@codemirror/state'

import { localChange } from '../../../src/sync/client-local.ts'
import { EMPTY_STATE, stringOf, textOf } from '../../../src/sync/document-state.ts'
import { type Tab, World } from './world.ts'

/** Recorded sessions (josephg/editing-traces, CC BY 4.0), outside the repository. */
const FOLDER =
  process.env['SALVUS_TRACES'] ??
  new URL('../../../../shared/data/traces/', import.meta.url).pathname

/** Offsets in the text as the patches before it left it. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

interface Transaction {
  readonly parents: readonly number[]
  readonly agent: number
  readonly patches: readonly Patch[]
}

/** People who typed in one text at the same time, with what each of them had seen. */
export interface Trace {
  readonly endContent: string
  readonly numAgents: number
  readonly txns: readonly Transaction[]
}

/** Undefined where the recordings are not on this machine; a test then says `skippedTrace`. */
export function readTrace(name: string): Trace | undefined {
  const path = pathOf(name)
  if (!existsSync(path)) return undefined
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Trace
}

export function skippedTrace(name: string): string {
  return `(no ${pathOf(name)}; set SALVUS_TRACES)`
}

function pathOf(name: string): string {
  return `${FOLDER}${name}.concurrent_traces.gz`
}

/** What one person does next, with all that they had seen then. */
export interface TraceStep {
  readonly agent: number
  readonly patches: readonly Patch[]
  /** The version that this person had, counted from the empty document. */
  readonly seen: number
  /** What they then had in their editor. */
  readonly text: Text
  /** The version that comes of it. */
  readonly version: number
}

export function changesOf(patches: readonly Patch[], length: number): ChangeSet {
  let changes = ChangeSet.empty(length)
  for (const [from, deleted, insert] of patches)
    changes = changes.compose(
      ChangeSet.of({ from, to: from + deleted, insert }, changes.newLength, '\n'),
    )
  return changes
}

/** Lets each person type at the state that the trace says, by holding messages back until they were seen. */
export class TracePlayer {
  readonly world: World
  readonly #trace: Trace
  /** For each transaction: the versions its author must have, by agent: how many of their transactions. */
  readonly #seen: (readonly number[])[] = []
  /** What each tab has of each agent. */
  readonly #has: number[][]

  constructor(trace: Trace) {
    this.world = new World(EMPTY_STATE, trace.numAgents)
    this.world.settle()
    this.#trace = trace
    this.#has = this.world.tabs.map(() => this.world.tabs.map(() => 0))
  }

  /** Plays so many transactions; each is told when it has been typed. */
  *steps(limit: number): Generator<TraceStep> {
    const { txns, numAgents } = this.#trace
    for (const [index, transaction] of txns.slice(0, limit).entries()) {
      const { agent, patches } = transaction
      const tab = this.world.tabs[agent]
      if (!tab) throw new Error(`transaction ${index} is of agent ${agent}, of ${numAgents}`)
      const mustSee = this.#seenBefore(transaction, numAgents)
      this.#catchUp(tab, agent, mustSee)
      this.#seen[index] = mustSee.map((n, other) => (other === agent ? n + 1 : n))
      const text = textOf(tab.client.view, '')
      const seen = tab.client.m
      this.#type(tab, patches)
      yield { agent, patches, seen, text, version: this.world.owner.head }
    }
  }

  /** Delivers what is held back: the text that all end at. */
  end(): string {
    this.world.settle()
    return stringOf(this.world.owner.state, '')
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
      this.world.deliverDown(tab)
      for (const change of tab.updates[before]?.changes ?? []) {
        const agent = this.world.tabs.findIndex((other) => other.name === change.by?.name)
        has[agent] = (has[agent] ?? 0) + 1
      }
      tab.updates.length = 0
    }
    if (isBehind()) throw new Error(`agent ${self} had seen more than was sent`)
  }

  #type(tab: Tab, patches: readonly Patch[]): void {
    const changes = changesOf(patches, textOf(tab.client.view, '').length)
    localChange(tab.client, [['t', '', changes]], { undo: 'none' })
    tab.editors.set('', changes.apply(tab.editors.get('') ?? textOf(EMPTY_STATE, '')))
    this.world.flush(tab)
    while (tab.up.length > 0) this.world.deliverUp(tab)
    this.world.turn()
  }
}
