/*
 * What large documents do to others. In a process with the documents of a local hub somebody types into a small
 * document, ten milliseconds after another, while
 *
 *   diff_*         the file of 5 MB of an open document is replaced by a hostile one: lines in another order, "ab" for
 *                  "ba" without a line break, noise
 *   near_*         the same with files just small enough to share the thread of the small document
 *   join_*         ten clients join a document of 5 MB
 *   paste_*        5 MB are pasted into an empty document that shares the thread of the small one
 *
 *   *_main_max     the longest that the process's main thread was blocked, by monitorEventLoopDelay;
 *                  where other programs use the processor, also what it waited for that
 *   *_other_p99, *_other_max   from a character typed into the small document until another page has it
 *
 * No peer: a server of documents in one thread has no such figure.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { bundledWorker } from '../test/support/bundled-worker.ts'
import { type Blocks, BlockHost, DEADLINE_MS, type Onlooker } from './support/block-host.ts'
import { emit, note } from './support/emit.ts'
import { percentile } from './support/statistics.ts'

const LARGE = 5 * 1024 * 1024
/** Under what has a thread of its own (src/local-hub/documents/worker-pool.ts). */
const NEAR = 120 * 1024
const JOINS = 10
const ROUNDS = 3

function noise(length: number, seed: number): string {
  let state = seed
  const units = Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return 97 + ((state >>> 16) & 15)
  })
  return Buffer.from(units).toString('latin1')
}

/** Pairs of texts that are far from each other in ways that a search does not like. */
function hostile(length: number): readonly (readonly [string, string])[] {
  const lines = Array.from({ length: length / 40 }, (_, n) =>
    `line ${n} with some words ${Math.imul(n, 2654435761) >>> 0}`.padEnd(39),
  )
  const mixed = lines.map((_, n) => lines[(n * 7919) % lines.length] ?? '')
  return [
    [lines.join('\n'), mixed.join('\n')],
    ['ab'.repeat(length / 2), `x${'ba'.repeat(length / 2)}y`],
    ['ab\n'.repeat(length / 3), 'ba\na\n'.repeat(length / 5)],
    [noise(length, 1), noise(length, 2)],
  ]
}

async function main(): Promise<void> {
  const worker = await bundledWorker('src/local-hub/documents/worker.ts')
  report('diff', await measure(worker, (host) => diffs(host, LARGE)))
  report('near', await measure(worker, (host) => diffs(host, NEAR)))
  report('join', await measure(worker, joins))
  report('paste', await measure(worker, pastes))
}

type Prepared = () => Promise<void>

/** Somebody types into a small document, opened first; `prepare` readies what is done meanwhile. */
async function measure(
  worker: string,
  prepare: (host: BlockHost) => Promise<Prepared>,
): Promise<Blocks> {
  const dir = await mkdtemp(join(tmpdir(), 'salvus-bench-block-'))
  try {
    await writeFile(join(dir, 'small.txt'), 'small\n')
    await using host = new BlockHost(dir, worker)
    const typist = await host.editor('small.txt')
    const reader = await host.editor('small.txt')
    const work = await prepare(host)
    // What runs for the first time is compiled.
    await host.during(typist, reader, () => Promise.resolve())
    return await host.during(typist, reader, work)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function diffs(host: BlockHost, length: number): Promise<Prepared> {
  note(`hostile files of ${length} bytes ...`)
  const steps = hostile(length)
    .flat()
    .map((text) => Buffer.from(text))
  await host.write('large.txt', steps[0] ?? new Uint8Array(0))
  const onlooker = await host.open('large.txt')
  await host.join(onlooker, length / 2)
  return async () => {
    for (const bytes of steps.slice(1)) {
      const before = onlooker.messages
      await host.write('large.txt', bytes)
      await onlooker.until(() => onlooker.messages > before, DEADLINE_MS)
    }
  }
}

async function joins(host: BlockHost): Promise<Prepared> {
  note('joins ...')
  await host.write('large.txt', noise(LARGE, 3).replaceAll('ab', '\n'))
  const first = await host.open('large.txt')
  await host.join(first, LARGE / 2)
  const onlookers: Onlooker[] = []
  for (let n = 0; n < JOINS; n++) onlookers.push(await host.open('large.txt'))
  return async () => {
    await Promise.all(onlookers.map((onlooker) => host.join(onlooker, first.bytes)))
  }
}

async function pastes(host: BlockHost): Promise<Prepared> {
  note('pastes ...')
  const text = noise(LARGE, 4).replaceAll('ab', '\n')
  const pages: { author: Onlooker; reader: Onlooker; messages: readonly Uint8Array[] }[] = []
  for (let n = 0; n < ROUNDS; n++) {
    await host.write(`empty-${n}.txt`, '')
    const [author, reader] = [await host.open(`empty-${n}.txt`), await host.open(`empty-${n}.txt`)]
    await host.join(author, 1)
    await host.join(reader, 1)
    pages.push({ author, reader, messages: host.pasteOf(author, text) })
  }
  return async () => {
    for (const { author, reader, messages } of pages) {
      await host.send(author, messages)
      await reader.until(() => reader.bytes > text.length, DEADLINE_MS)
    }
  }
}

function report(name: string, { mainMs, typingMs }: Blocks): void {
  emit({ name: `block_${name}_main_max`, value: mainMs, unit: 'ms' })
  emit({ name: `block_${name}_other_p99`, value: percentile(typingMs, 0.99), unit: 'ms' })
  emit({ name: `block_${name}_other_max`, value: Math.max(...typingMs), unit: 'ms' })
}

await main()
