/*
 * Large texts, over real websockets, beside y-websocket behind a relay (as many hops):
 *
 *   large_char_*       one character typed into a text of 1 or 5 MB, until another client has it
 *   large_char_*_cpu   CPU time of all server processes for it
 *   large_paste_5mb    5 MB pasted into an empty text, until another client has them
 *   large_join_5mb     the connection and the document of 5 MB, until an editor could show its text
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

const MEGABYTE = 1024 * 1024
const LINE = 'The quick brown fox jumps over the lazy dog, and then it sleeps for a while.\n'
const PASTES = 5
const JOINS = 9
const CHARACTERS = 100
/** Not counted: what they run is compiled, and what came before is written and saved. */
const CHARACTERS_BEFORE = 20
/** A person types some ten characters a second. */
const PAUSE_MS = 60
const SETTLE_MS = 2000
const DEADLINE_MS = 60_000

interface Figures {
  readonly paste: number
  readonly join: number
  readonly joinKb: number
  readonly char: Readonly<Record<string, Typed>>
}

interface Typed {
  readonly ms: number
  readonly cpuMs: number
}

const SIZES: Readonly<Record<string, number>> = { '1mb': MEGABYTE, '5mb': 5 * MEGABYTE }

async function main(): Promise<void> {
  const peers = installPeers()
  const ours = await measure('salvus', peers)
  const theirs = await measure('y-websocket', peers)
  const figures: [string, string, (of: Figures) => number][] = [
    ...Object.keys(SIZES).flatMap((size): [string, string, (of: Figures) => number][] => [
      [`large_char_${size}`, 'ms', ({ char }) => char[size]?.ms ?? NaN],
      [`large_char_${size}_cpu`, 'ms', ({ char }) => char[size]?.cpuMs ?? NaN],
    ]),
    ['large_paste_5mb', 'ms', ({ paste }) => paste],
    ['large_join_5mb', 'ms', ({ join }) => join],
    ['large_join_5mb_kb', 'kB', ({ joinKb }) => joinKb],
  ]
  for (const [name, unit, of] of figures)
    emit({ name, value: of(ours), unit, peer: 'y-websocket', peer_value: of(theirs) })
}

async function measure(system: 'salvus' | 'y-websocket', peers: string): Promise<Figures> {
  await using served = await serve(system, peers)
  const { target, pids } = served
  const pages = system === 'salvus' ? await salvusPages(target) : yjsPages(target)
  const large = textOfLength(5 * MEGABYTE)
  const pastes: number[] = []
  for (let n = 0; n < PASTES; n++) pastes.push(await timePaste(pages, n, large))
  note(`${system}: pastes ${told(pastes)} ms`)
  await pause(SETTLE_MS)
  const joins: { ms: number; kb: number }[] = []
  for (let n = 0; n < JOINS; n++) joins.push(await timeJoin(pages, PASTES - 1, large.length))
  note(`${system}: joins ${told(joins.map(({ ms }) => ms))} ms`)
  const char: Record<string, Typed> = {}
  let document = PASTES
  for (const [size, bytes] of Object.entries(SIZES)) {
    const typed = await timeTyping(pages, { document: document++, bytes, pids })
    note(`${system}: a character into ${size} ${typed.ms.toFixed(2)} ms, CPU ${typed.cpuMs} ms`)
    char[size] = typed
  }
  return {
    paste: median(pastes),
    join: median(joins.map(({ ms }) => ms)),
    joinKb: median(joins.map(({ kb }) => kb)),
    char,
  }
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
  globalThis.gc?.()
  const begin = performance.now()
  const page = await pages.open(document)
  const shown = page.shown().length
  const ms = performance.now() - begin
  if (shown !== length + 1) throw new Error(`a text of ${shown} characters came`)
  const kb = page.bytesIn / 1024
  page.close()
  return { ms, kb }
}

async function timeTyping(
  pages: LargeSystem,
  options: { readonly document: number; readonly bytes: number; readonly pids: readonly number[] },
): Promise<Typed> {
  const writer = await pages.make(options.document)
  writer.insert(0, textOfLength(options.bytes))
  const reader = await pages.open(options.document)
  await until(reader, options.bytes)
  await pause(SETTLE_MS)
  const times: number[] = []
  let before = usageOf(options.pids)
  for (let n = 0; n < CHARACTERS_BEFORE + CHARACTERS; n++) {
    if (n === CHARACTERS_BEFORE) before = usageOf(options.pids)
    const arrived = until(reader, writer.length + 1)
    const begin = performance.now()
    writer.insert(Math.floor(options.bytes / 2) + n, 'x')
    await arrived
    times.push(performance.now() - begin)
    await pause(PAUSE_MS)
  }
  const cpuMs = (1000 * (usageOf(options.pids).cpuSeconds - before.cpuSeconds)) / CHARACTERS
  writer.close()
  reader.close()
  return { ms: median(times.slice(CHARACTERS_BEFORE)), cpuMs }
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
