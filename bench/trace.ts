/*
 * The typing of a whole paper, 259,778 recorded edits of one character, and opening its document again.
 *
 *   trace_apply    of one edit: the author's page, its message, the owner, the journal's file, and the acknowledgement.
 *                  Yjs: the author's Y.Doc, its update, the server's Y.Doc, and the update's write to a file.
 *   trace_wire     bytes of an edit's message.
 *   trace_log      bytes on the disk of all that was written, with who made each change and when, each keystroke apart,
 *                  after what a project does by itself: its history thread packs a segment when newer ones were closed,
 *                  and after the document was closed. The merging of typing that is a day old is not in it. Yjs: its
 *                  updates one after another, as it makes them; it packs nothing by itself.
 *   trace_open     from files to a document that can be sent: from the newest snapshot. Yjs: from its whole state as one
 *                  update, its shortest form, which has lost the history.
 */
import { closeSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'

import { ChangeSet } from '@codemirror/state'

import { silentLogger } from '../src/daemon/logging.ts'
import { isCompactable } from '../src/local-hub/documents/history-compactable.ts'
import { HistoryLink } from '../src/local-hub/documents/history-link.ts'
import { stringOf, textOf } from '../src/sync/document-state.ts'
import { textEdit } from '../src/sync/edit.ts'
import { emit, note } from './support/emit.ts'
import { LocalDocument } from './support/local-document.ts'
import { median } from './support/statistics.ts'
import { installPeers, requirePeer } from './support/sync-peer-packages.ts'

const TRACE = 'automerge-paper.sequential_traces.gz'
/** Each opened so often; the median counts. */
const OPENINGS = 9
/** The whole trace is typed so often, by each in turn; the median counts. */
const ROUNDS = 3
const MICROSECONDS = 1000

type Patch = readonly [position: number, deleted: number, inserted: string]

interface Trace {
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

interface Figures {
  readonly applyUs: number
  readonly wireBytes: number
  readonly logBytes: number
  readonly openMs: number
}

interface YText {
  insert(index: number, text: string): void
  delete(index: number, length: number): void
  toString(): string
}
interface YDoc {
  getText(name: string): YText
  on(event: 'update', listener: (update: Uint8Array) => void): void
  transact(work: () => void): void
}
interface Yjs {
  Doc: new () => YDoc
  applyUpdate(doc: YDoc, update: Uint8Array): void
  encodeStateAsUpdate(doc: YDoc): Uint8Array
}

async function main(): Promise<void> {
  const trace = readTrace()
  const yjs = requirePeer<Yjs>(installPeers(), 'yjs')
  const ours: Figures[] = []
  const theirs: Figures[] = []
  for (let round = 0; round < ROUNDS; round++) {
    note(`round ${round + 1} of ${ROUNDS} ...`)
    ours.push(await inTemporary((folder) => measureSalvus(trace, folder)))
    theirs.push(await inTemporary((folder) => Promise.resolve(measureYjs(yjs, trace, folder))))
  }
  for (const [name, key, unit] of [
    ['trace_apply', 'applyUs', 'us'],
    ['trace_wire', 'wireBytes', 'bytes'],
    ['trace_log', 'logBytes', 'bytes'],
    ['trace_open', 'openMs', 'ms'],
  ] as const) {
    const value = median(ours.map((figures) => figures[key]))
    const peer_value = median(theirs.map((figures) => figures[key]))
    emit({ name, value, unit, peer: 'yjs', peer_value })
  }
}

/** What the main thread of a local hub has its history thread do, when a segment was closed, and a document. */
function packing(folder: string): { soon: () => void; done: () => Promise<void> } {
  const root = process.env['SALVUS_ROOT'] ?? process.cwd()
  const history = new HistoryLink(
    pathToFileURL(join(root, 'dist', 'sync-worker.js')),
    silentLogger(),
  )
  let asked: Promise<unknown> = Promise.resolve()
  const soon = (): void => {
    asked = asked.then(async () => {
      if (!(await isCompactable(folder, Date.now()))) return
      await history.request('compact', { folder, path: 'paper.tex' }, {})
    })
  }
  const done = async (): Promise<void> => {
    soon()
    await asked
    await history[Symbol.asyncDispose]()
  }
  return { soon, done }
}

async function measureSalvus(trace: Trace, folder: string): Promise<Figures> {
  const historyFolder = join(folder, 'history')
  const packed = packing(historyFolder)
  const document = await LocalDocument.open(folder, { onSegmentClosed: packed.soon })
  await document.join()
  const start = performance.now()
  for (const { patches } of trace.txns) {
    document.type(textEdit('', changesOf(patches, textOf(document.client.view, '').length)))
    await document.turn()
  }
  await document.acknowledged()
  const applyUs = (MICROSECONDS * (performance.now() - start)) / trace.txns.length
  checkText(stringOf(document.client.view, ''), trace)
  const wireBytes = document.bytesUp / trace.txns.length
  await document.close()
  await packed.done()
  const logBytes = await bytesIn(historyFolder)
  const openings: number[] = []
  for (let n = 0; n < OPENINGS; n++) {
    const begin = performance.now()
    const opened = await LocalDocument.open(folder)
    openings.push(performance.now() - begin)
    await opened.join()
    checkText(stringOf(opened.client.view, ''), trace)
    await opened.close()
  }
  return { applyUs, wireBytes, logBytes, openMs: median(openings) }
}

function measureYjs(yjs: Yjs, trace: Trace, folder: string): Figures {
  const page = new yjs.Doc()
  const server = new yjs.Doc()
  const log = openSync(join(folder, 'updates'), 'a')
  let bytes = 0
  page.on('update', (update) => {
    bytes += update.length
    yjs.applyUpdate(server, update)
    writeSync(log, update)
  })
  const text = page.getText('text')
  const start = performance.now()
  for (const { patches } of trace.txns)
    page.transact(() => {
      for (const [at, deleted, inserted] of patches) {
        if (deleted > 0) text.delete(at, deleted)
        if (inserted !== '') text.insert(at, inserted)
      }
    })
  const applyUs = (MICROSECONDS * (performance.now() - start)) / trace.txns.length
  closeSync(log)
  checkText(server.getText('text').toString(), trace)
  const state = join(folder, 'state')
  writeFileSync(state, yjs.encodeStateAsUpdate(server))
  const openings: number[] = []
  for (let n = 0; n < OPENINGS; n++) {
    const begin = performance.now()
    const opened = new yjs.Doc()
    yjs.applyUpdate(opened, readFileSync(state))
    const string = opened.getText('text').toString()
    openings.push(performance.now() - begin)
    checkText(string, trace)
  }
  const wireBytes = bytes / trace.txns.length
  return { applyUs, wireBytes, logBytes: bytes, openMs: median(openings) }
}

function changesOf(patches: readonly Patch[], length: number): ChangeSet {
  const [only] = patches
  if (patches.length === 1 && only) return changeOf(only, length)
  return patches.reduce(
    (changes, patch) => changes.compose(changeOf(patch, changes.newLength)),
    ChangeSet.empty(length),
  )
}

function changeOf([from, deleted, insert]: Patch, length: number): ChangeSet {
  return ChangeSet.of({ from, to: from + deleted, insert }, length, '\n')
}

function checkText(text: string, { endContent }: Trace): void {
  if (text !== endContent) throw new Error('the text at the end is not the recorded one')
}

function readTrace(): Trace {
  const folder = process.env['SALVUS_TRACES'] ?? resolve('..', 'shared', 'data', 'traces')
  const path = join(folder, TRACE)
  if (!existsSync(path)) {
    note(`There is no recorded trace at ${path}.`)
    note(`Set SALVUS_TRACES to a folder with ${TRACE} of github.com/josephg/editing-traces.`)
    process.exit(1)
  }
  // A recorded trace, of that shape.
  return JSON.parse(gunzipSync(readFileSync(path)).toString()) as Trace
}

async function inTemporary<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-bench-trace-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}

await main()
