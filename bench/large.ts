/*
 * Large texts, over real websockets, beside y-websocket behind a relay (as many hops):
 *
 *   large_char_*       one character typed into a text of 1 or 5 MB, until another client has it
 *   large_char_*_cpu   CPU time of all server processes for it
 *   large_paste_5mb    5 MB pasted into an empty text, until another client has them
 *   large_join_5mb     a page that is connected opens a document of 5 MB, until an editor could show its text; y-websocket
 *                      connects for each document
 *   large_join_5mb_kb  what comes for it
 *
 * Salvus is what `npm start` starts: it writes each change into a journal before it sends it to anybody.
 */
import { emit, note } from './support/emit.ts'
import { salvusPages, yjsPages } from './support/large-clients.ts'
import type { LargeClient, LargeSystem } from './support/large-clients.ts'
import { median } from './support/statistics.ts'
import { installPeers } from './support/sync-peer-packages.ts'
import { usageOf } from './support/sync-processes.ts'
import { runRelay } from './support/sync-relay.ts'
import { serve } from './support/sync-servers.ts'
import type { Served } from './support/sync-servers.ts'

const MEGABYTE = 1024 * 1024
const LINE = 'The quick brown fox jumps over the lazy dog, and then it sleeps for a while.\n'
const PASTES = 7
const JOINS = 15
const CHARACTERS = 100
/** Not counted: what they run is compiled, and what came before is written and saved. */
const CHARACTERS_BEFORE = 20
/** A person types some ten characters a second. */
const PAUSE_MS = 60
const SETTLE_MS = 2000
const DEADLINE_MS = 60_000

/** All figures of one system; those of the other are measured in turn with them, in the same minute. */
class System {
  readonly name: string
  readonly pastes: number[] = []
  readonly joins: { ms: number; kb: number }[] = []
  readonly typing = new Map<string, { times: number[]; cpuMs: number }>()
  readonly #served: Served
  readonly #pages: LargeSystem

  private constructor(name: string, served: Served, pages: LargeSystem) {
    this.name = name
    this.#served = served
    this.#pages = pages
  }

  static async start(name: 'salvus' | 'y-websocket', peers: string): Promise<System> {
    const served = await serve(name, peers)
    const { target } = served
    const pages = name === 'salvus' ? await salvusPages(target) : yjsPages(target)
    return new System(name, served, pages)
  }

  async paste(document: number, text: string): Promise<void> {
    this.pastes.push(await timePaste(this.#pages, document, text))
  }

  async join(document: number, length: number): Promise<void> {
    this.joins.push(await timeJoin(this.#pages, document, length))
  }

  /** Returns what types one character. */
  async startTyping(size: string, document: number): Promise<() => Promise<void>> {
    const bytes = SIZES[size] ?? 0
    const writer = await this.#pages.make(document)
    writer.insert(0, textOfLength(bytes))
    const reader = await this.#pages.open(document)
    await until(reader, bytes)
    const times: number[] = []
    let before = 0
    let typed = 0
    return async () => {
      if (typed === CHARACTERS_BEFORE) before = usageOf(this.#served.pids).cpuSeconds
      const arrived = until(reader, writer.length + 1)
      const begin = performance.now()
      writer.insert(Math.floor(bytes / 2) + typed++, 'x')
      await arrived
      const ms = performance.now() - begin
      await pause(PAUSE_MS)
      if (typed <= CHARACTERS_BEFORE) return
      times.push(ms)
      // All that it costs, also what is done for many at once in the pauses: writing the file.
      const seconds = usageOf(this.#served.pids).cpuSeconds - before
      this.typing.set(size, { times, cpuMs: (1000 * seconds) / times.length })
    }
  }

  async stop(): Promise<void> {
    await this.#served[Symbol.asyncDispose]()
  }
}

const SIZES: Readonly<Record<string, number>> = { '1mb': MEGABYTE, '5mb': 5 * MEGABYTE }

async function main(): Promise<void> {
  const peers = installPeers()
  const ours = await System.start('salvus', peers)
  const theirs = await System.start('y-websocket', peers)
  try {
    await measure([ours, theirs])
  } finally {
    await ours.stop()
    await theirs.stop()
  }
  const figures: [string, string, (of: System) => number][] = [
    ...Object.keys(SIZES).flatMap((size): [string, string, (of: System) => number][] => [
      [`large_char_${size}`, 'ms', ({ typing }) => median(typing.get(size)?.times ?? [])],
      [`large_char_${size}_cpu`, 'ms', ({ typing }) => typing.get(size)?.cpuMs ?? NaN],
    ]),
    ['large_paste_5mb', 'ms', ({ pastes }) => median(pastes)],
    ['large_join_5mb', 'ms', ({ joins }) => median(joins.map(({ ms }) => ms))],
    ['large_join_5mb_kb', 'kB', ({ joins }) => median(joins.map(({ kb }) => kb))],
  ]
  for (const [name, unit, of] of figures)
    emit({ name, value: of(ours), unit, peer: 'y-websocket', peer_value: of(theirs) })
}

async function measure(systems: readonly System[]): Promise<void> {
  const large = textOfLength(5 * MEGABYTE)
  // First: what pasted documents cost later, when they are closed and packed, is not of these characters.
  let document = PASTES
  for (const size of Object.keys(SIZES)) {
    document++
    const typists: (() => Promise<void>)[] = []
    for (const system of systems) typists.push(await system.startTyping(size, document))
    await pause(SETTLE_MS)
    for (let n = 0; n < CHARACTERS_BEFORE + CHARACTERS; n++)
      for (const type of typists) await type()
  }
  for (let n = 0; n < PASTES; n++) for (const system of systems) await system.paste(n, large)
  for (const { name, pastes } of systems) note(`${name}: pastes ${told(pastes)} ms`)
  for (let n = 0; n < JOINS; n++)
    for (const system of systems) await system.join(PASTES - 1, large.length)
  for (const { name, joins } of systems)
    note(`${name}: joins ${told(joins.map(({ ms }) => ms))} ms`)
}

/** The reader stays, so that the document is there for who joins. */
async function timePaste(pages: LargeSystem, document: number, text: string): Promise<number> {
  const writer = await pages.make(document)
  writer.insert(0, '.')
  const reader = await pages.open(document)
  await pause(SETTLE_MS)
  globalThis.gc?.()
  const arrived = until(reader, text.length + 1)
  const begin = performance.now()
  writer.insert(1, text)
  await arrived
  const ms = performance.now() - begin
  writer.close()
  if (document < PASTES - 1) reader.close()
  return ms
}

async function timeJoin(
  pages: LargeSystem,
  document: number,
  length: number,
): Promise<{ ms: number; kb: number }> {
  const open = await pages.connect()
  globalThis.gc?.()
  const begin = performance.now()
  const page = await open(document)
  const shown = page.shown().length
  const ms = performance.now() - begin
  if (shown !== length + 1) throw new Error(`a text of ${shown} characters came`)
  const kb = page.bytesIn / 1024
  page.close()
  return { ms, kb }
}

function until(page: LargeClient, length: number): Promise<void> {
  if (page.length === length) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${page.length} of ${length} characters came`))
    }, DEADLINE_MS)
    page.onChange = () => {
      if (page.length !== length) return
      clearTimeout(timer)
      page.onChange = () => undefined
      resolve()
    }
  })
}

function textOfLength(length: number): string {
  return LINE.repeat(Math.ceil(length / LINE.length)).slice(0, length)
}

function told(times: readonly number[]): string {
  return times.map((ms) => ms.toFixed(0)).join(', ')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

if (process.argv[2] === '--role') {
  process.on('disconnect', () => process.exit())
  await runRelay(Number(process.argv[4]))
} else await main()
