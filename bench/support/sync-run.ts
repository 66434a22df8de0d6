import { performance } from 'node:perf_hooks'

import { TEXT_BEFORE } from './sync-load.ts'
import type { LoadClient, LoadSystem, LoadTarget } from './sync-load.ts'
import { salvusSystem } from './sync-salvus.ts'
import { sharedbSystem } from './sync-sharedb.ts'
import { percentile } from './statistics.ts'
import { yjsSystem } from './sync-yjs.ts'

/** Who is compared. */
export type SystemName = 'salvus' | 'y-websocket' | 'hocuspocus' | 'sharedb'

export interface Scenario {
  readonly name: string
  readonly documents: number
  /** In each document. */
  readonly clients: number
  /** Who types: one in each document, or all. */
  readonly typists: 'one' | 'all'
  /** Edits a second of each typist. */
  readonly rate: number
}

export interface Job {
  readonly system: SystemName
  readonly scenario: Scenario
  readonly target: LoadTarget
  readonly warmMs: number
  readonly measureMs: number
}

export interface Result {
  readonly edits: number
  readonly p50: number
  readonly p99: number
  /** Of all clients, and of all edits. */
  readonly bytesDown: number
  readonly bytesUp: number
  /** Edits that did not reach every full client in DRAIN_MS. They count in p50 and p99 with that. */
  readonly missing: number
  /** How busy the load generator was itself, 0 to 1. */
  readonly generator: number
}

/** Up to so many clients all are full. */
const SMALL_CLIENTS = 10
/** Of many documents, each so many-th has its readers full. */
const FULL_DOCUMENTS_EACH = 25
/** Connections that are made at a time. */
const OPENING_MAX = 20
/** After all are there: what joining has left to do is done. */
const SETTLE_MS = 1500
/** After the last edit: a server that is so far behind is beyond its limit. */
const DRAIN_MS = 10_000
const DRAIN_LOOK_MS = 50
/** Pauses between a typist's edits vary by this share around their mean. */
const JITTER = 0.6

/** What a load generator tells: `ready`, then `begin` and `end` of the measured time, and the `result`. */
export type LoadNotice =
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'result'; readonly result: Result }

/** Runs a scenario against a server. */
export async function runLoad(job: Job, tell: (notice: LoadNotice) => void): Promise<void> {
  const load = new Load(job, systemOf(job.system, job.target))
  await load.open()
  await pause(SETTLE_MS)
  const stop = load.startTyping()
  await pause(job.warmMs)
  tell({ kind: 'begin' })
  const ended = load.measure()
  await pause(job.measureMs)
  const measured = ended()
  tell({ kind: 'end' })
  stop()
  const missing = await load.drain()
  load.close()
  tell({ kind: 'result', result: { ...measured, ...load.latencies(missing), missing } })
}

function systemOf(name: SystemName, target: LoadTarget): LoadSystem {
  if (name === 'salvus') return salvusSystem(target)
  if (name === 'sharedb') return sharedbSystem(target)
  return yjsSystem(name, target)
}

interface Member {
  readonly client: LoadClient
  readonly document: number
  readonly full: boolean
  readonly types: boolean
  /** When each of its edits was made. */
  readonly times: number[]
  /** A full client: how many edits of each typist it has. */
  readonly applied: Map<number, number>
}

class Load {
  readonly #job: Job
  readonly #system: LoadSystem
  readonly #members: Member[] = []
  readonly #random = pseudoRandom(1)
  readonly #latencies: number[] = []
  #from = Infinity
  #to = Infinity

  constructor(job: Job, system: LoadSystem) {
    this.#job = job
    this.#system = system
  }

  async open(): Promise<void> {
    const { documents, clients } = this.#job.scenario
    await this.#system.prepare(documents)
    // The first of each document is what light ones look at.
    await inTurns(documents, async (document) => this.#open(document, 0))
    const others = documents * (clients - 1)
    await inTurns(others, async (index) =>
      this.#open(index % documents, 1 + Math.floor(index / documents)),
    )
  }

  async #open(document: number, index: number): Promise<void> {
    const { scenario } = this.#job
    const { documents, clients } = scenario
    const { full, types } = documents > 1 ? partInMany(document, index) : partInOne(scenario, index)
    const id = document * clients + index
    const applied = new Map<number, number>()
    const client = await this.#system.open({
      document,
      index: id,
      kind: full ? 'full' : 'light',
      place: Math.floor(((index + 0.5) / clients) * TEXT_BEFORE.length),
      onApplied: (typist) => this.#applied(applied, typist),
    })
    this.#members[id] = { client, document, full, types, times: [], applied }
  }

  #applied(applied: Map<number, number>, typist: number): void {
    const count = applied.get(typist) ?? 0
    applied.set(typist, count + 1)
    const at = this.#members[typist]?.times[count]
    if (at !== undefined && at >= this.#from && at < this.#to) {
      this.#latencies.push(performance.now() - at)
    }
  }

  /** Each typist by itself, at times of its own. */
  startTyping(): () => void {
    const { scenario } = this.#job
    const typists = this.#members.filter(({ types }) => types)
    // Where the first one only reads, the others type for it.
    const wanted = scenario.typists === 'one' ? typists.length : this.#members.length
    const everyMs = (1000 / scenario.rate) * (typists.length / wanted)
    const timers = new Set<NodeJS.Timeout>()
    for (const member of typists) {
      let next = performance.now() + this.#random() * everyMs
      const again = (): void => {
        const timer = setTimeout(() => {
          timers.delete(timer)
          member.times.push(performance.now())
          member.client.type()
          next += everyMs * (1 - JITTER / 2 + JITTER * this.#random())
          again()
        }, next - performance.now())
        timers.add(timer)
      }
      again()
    }
    return () => {
      for (const timer of timers) clearTimeout(timer)
    }
  }

  /** The returned function ends the measured time. */
  measure(): () => Pick<Result, 'edits' | 'bytesDown' | 'bytesUp' | 'generator'> {
    const before = this.#counts()
    const busy = performance.eventLoopUtilization()
    this.#from = performance.now()
    return () => {
      this.#to = performance.now()
      const after = this.#counts()
      return {
        edits: after.edits - before.edits,
        bytesDown: after.bytesIn - before.bytesIn,
        bytesUp: after.bytesOut - before.bytesOut,
        generator: performance.eventLoopUtilization(busy).utilization,
      }
    }
  }

  #counts(): { edits: number; bytesIn: number; bytesOut: number } {
    const counts = { edits: 0, bytesIn: 0, bytesOut: 0 }
    for (const { client, times } of this.#members) {
      counts.edits += times.length
      counts.bytesIn += client.socket.bytesIn
      counts.bytesOut += client.socket.bytesOut
    }
    return counts
  }

  /** Waits until all that was typed is with all full clients. Returns how many edits are missing at how many of them. */
  async drain(): Promise<number> {
    const deadline = performance.now() + DRAIN_MS
    while (this.#missing() > 0 && performance.now() < deadline) await pause(DRAIN_LOOK_MS)
    const missing = this.#missing()
    if (missing === 0) this.#checkTexts()
    return missing
  }

  #missing(): number {
    let missing = 0
    for (const receiver of this.#members) {
      if (!receiver.full) continue
      for (const [typist, { document, types, times }] of this.#members.entries()) {
        if (!types || document !== receiver.document || receiver === this.#members[typist]) continue
        missing += times.length - (receiver.applied.get(typist) ?? 0)
      }
    }
    return missing
  }

  /** All that was typed is there, once, and the same for all. */
  #checkTexts(): void {
    const typed = new Map<number, number>()
    for (const { document, times } of this.#members) {
      typed.set(document, (typed.get(document) ?? 0) + times.length)
    }
    const texts = new Map<number, string>()
    for (const { client, document, full } of this.#members) {
      if (!full) continue
      const text = client.text()
      const first = texts.get(document) ?? text
      texts.set(document, first)
      const expected = TEXT_BEFORE.length + (typed.get(document) ?? 0)
      if (text !== first || text.length !== expected) {
        throw new Error(`a text of ${text.length}, and not of ${expected}, or not all are the same`)
      }
    }
  }

  latencies(missing: number): Pick<Result, 'p50' | 'p99'> {
    const all = [...this.#latencies]
    for (let n = 0; n < missing; n++) all.push(DRAIN_MS)
    return { p50: percentile(all, 0.5), p99: percentile(all, 0.99) }
  }

  close(): void {
    for (const { client } of this.#members) client.socket.close()
  }
}

interface Part {
  readonly full: boolean
  readonly types: boolean
}

/** Where light clients look at the first one, it reads; the others type for it. */
function partInOne({ clients, typists }: Scenario, index: number): Part {
  const small = clients <= SMALL_CLIENTS
  return {
    full: small || isSpread(index, clients),
    types: typists === 'one' ? index === 0 : small || index > 0,
  }
}

/** Servers send to clients in the order in which they came: the full ones are the first, one in the middle, the last. */
function isSpread(index: number, clients: number): boolean {
  return index === 0 || index === Math.floor(clients / 2) || index === clients - 1
}

/** The only typist of a document is full, and the readers of some documents. */
function partInMany(document: number, index: number): Part {
  return { full: index === 0 || document % FULL_DOCUMENTS_EACH === 0, types: index === 0 }
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(count, OPENING_MAX) }, worker))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** The same numbers in each run (mulberry32). */
function pseudoRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
