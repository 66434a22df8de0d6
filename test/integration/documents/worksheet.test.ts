import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import { worksheetCells } from '../../../src/documents/worksheet-codec.ts'
import type { WorksheetDocument } from '../../../src/local-hub/worksheets/worksheet-document.ts'
import type { WorksheetRunning } from '../../../src/local-hub/worksheets/worksheet-sessions.ts'
import { cellsOf, fieldOf } from '../../../src/sync/document-state.ts'
import { CodedError } from '../../../src/util/coded-error.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

const FIXTURES = new URL('../../fixtures/documents/sagews/', import.meta.url)
const DEADLINE = { timeout: 60_000, interval: 20 }
const RUN = '0f0f0f0f-1111-4222-8333-444444444444'

/** A runner whose runs the test makes by hand, on the document that it was given. */
class HandRunner implements WorksheetRunning {
  readonly document: WorksheetDocument
  readonly ran: string[] = []
  readonly session = { state: 'ready', sinceMs: 0 } as const
  busy = false
  closed = false

  constructor(document: WorksheetDocument) {
    this.document = document
  }

  run(cells: readonly string[]): void {
    this.ran.push(...cells)
  }

  interrupt(): void {
    this.busy = false
  }

  restart(): Promise<typeof this.session> {
    return Promise.resolve(this.session)
  }

  complete(): Promise<never> {
    return Promise.reject(new CodedError('unavailable', 'by hand'))
  }

  inspect(): Promise<never> {
    return Promise.reject(new CodedError('unavailable', 'by hand'))
  }

  answerInput(): void {
    throw new CodedError('conflict', 'nothing asks')
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }
}

async function open(name: string, text: string | Uint8Array) {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, name), text)
  const runners: HandRunner[] = []
  const documents = await openTestDocuments(dir, {
    unusedMs: 1,
    openRunner: (document) => {
      const runner = new HandRunner(document)
      runners.push(runner)
      return runner
    },
  })
  return { dir, file: join(dir, name), documents, runners }
}

function onlyRunner(runners: HandRunner[]): HandRunner {
  const [runner] = runners
  if (!runner || runners.length > 1) throw new Error(`${runners.length} runners`)
  return runner
}

describe('an open worksheet', () => {
  test('two people type in one cell, a third sees its output, and all is in the file', async () => {
    const { file, documents, runners } = await open('w.sagews', '')
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'w.sagews', { id: 2 })
    const [cell = ''] = cellsOf(ann.sync.view, 'cells')
    ann.type('2+', { part: `${cell}.input` })
    await ben.until(() => ben.textOf(`${cell}.input`) === '2+')
    ben.type('3', { part: `${cell}.input` })
    await ben.acknowledged()

    const channel = ann.channel
    if (channel === undefined) throw new Error('not open')
    await documents.area.handlers.run_cells({ channel, cells: [cell] }, ann)
    const { document, ran } = onlyRunner(runners)
    expect(ran).toEqual([cell])
    expect(await document.readCell(cell)).toBe('2+3')
    expect(await document.readCell('none')).toBeUndefined()
    const run = { kind: 'done', run: RUN, status: 'ok' }
    await document.commit([
      ['c', `${cell}.output`, RUN],
      ['f', `${cell}.run`, run],
    ])
    await document.commit([['a', `${cell}.output`, RUN, 0, [{ stdout: '5\n' }]]])
    expect(await document.readRuns()).toEqual([{ cell, run, stream: RUN, next: 1, auto: false }])
    for (const editor of [ann, ben]) {
      await editor.until(() => worksheetCells(editor.sync.view)[0]?.output.messages.length === 1)
      expect(fieldOf(editor.sync.view, `${cell}.run`)).toEqual(run)
    }
    const expected = `2+3\n\uFE21${RUN}\uFE21{"stdout":"5\\n"}\uFE21\n`
    await vi.waitFor(
      async () => expect((await readFile(file, 'utf8')).slice(39)).toBe(expected),
      DEADLINE,
    )
    expect(documents.used.map(({ action }) => action)).toEqual([
      'open',
      'open',
      'edit',
      'edit',
      'run',
    ])
  })

  test('the state of a run stays when the file is changed from outside', async () => {
    const text = await readFile(new URL('07-interactive-small.sagews', FIXTURES), 'utf8')
    const { file, documents, runners } = await open('w.sagews', text)
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    const [first = '', second = ''] = cellsOf(ann.sync.view, 'cells')
    await onlyRunner(runners).document.commit([['f', `${second}.run`, { kind: 'waiting' }]])
    await ann.until(() => fieldOf(ann.sync.view, `${second}.run`) !== null)
    await ann.until(() => ann.disk?.state === 'saved')
    await writeFile(file, text.replace('%md\nInteractive', '%md\nVery Interactive'))
    await ann.until(() => ann.textOf(`${first}.input`).includes('Very'))
    expect(fieldOf(ann.sync.view, `${second}.run`)).toEqual({ kind: 'waiting' })
  })

  test('stays open while a cell runs, and is closed when it has ended', async () => {
    const { documents, runners } = await open('w.sagews', '')
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    const runner = onlyRunner(runners)
    runner.busy = true
    ann.leave()
    const ben = await DocumentEditor.open(documents, 'w.sagews', { id: 2 })
    expect(runners).toHaveLength(1)
    runner.busy = false
    ben.leave()
    await vi.waitFor(() => expect(runner.closed).toBe(true), DEADLINE)
  })

  test('a damaged one is written only where it was edited', async () => {
    const name = '16-corrupt-tomimatsu-sato.sagews'
    const original = await readFile(new URL(name, FIXTURES), 'utf8')
    const { dir, file, documents } = await open('w.sagews', original)
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    expect(ann.remarks.length).toBeGreaterThan(0)
    const cells = worksheetCells(ann.sync.view)
    ann.type('#', { part: `${cells[0]?.id}.input` })
    await ann.acknowledged()
    await documents.save(ann)
    expect(await readFile(file, 'utf8')).toBe(original.replace('display=False)', 'display=False)#'))
    expect((await readdir(dir)).filter((each) => each.includes('original'))).toEqual([])
  })

  test('the original is kept beside when a damaged cell is written anew, and it is said', async () => {
    const name = '16-corrupt-tomimatsu-sato.sagews'
    const original = await readFile(new URL(name, FIXTURES))
    const { dir, documents } = await open('w.sagews', original)
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'w.sagews', { id: 1 })
    const damaged = cellsOf(ann.sync.view, 'cells').find((cell) => cell.startsWith('after'))
    ann.type('#', { part: `${damaged}.input` })
    await ann.acknowledged()
    await documents.save(ann)
    const kept = (await readdir(dir)).find((each) => /^w\.original-.*\.sagews$/.test(each))
    expect(await readFile(join(dir, kept ?? 'none'))).toEqual(original)
    await ann.until(() => ann.remarks.some((remark) => remark.includes(kept ?? 'none')))
  })
})

describe('a client', () => {
  test('that falls behind gets the rest when it has caught up', async () => {
    const { documents } = await open('a.txt', '')
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const slow = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    ann.type('first ')
    await slow.until(() => slow.text === 'first ')
    slow.setBehind(true)
    const received = slow.binary.length
    for (let n = 0; n < 50; n++) {
      ann.type(`word${n} `)
      await ann.acknowledged()
    }
    expect(slow.binary.length - received).toBeLessThan(5)
    // What it types meanwhile is not lost where the rest is merged into one change.
    slow.type('from the slow one ', { at: 0 })
    await ann.until(() => ann.text.startsWith('from the slow one '))
    slow.setBehind(false)
    await slow.until(() => slow.text === ann.text && slow.pending === 0)
    expect(ann.text.split(' ')).toContain('word49')
    ann.type('last')
    await slow.until(() => slow.text.endsWith('last'))
  })

  test('that sends what is no message has to open the document anew; the others go on', async () => {
    const { documents } = await open('a.txt', '')
    await using _ = documents
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const eve = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    if (eve.channel === undefined) throw new Error('not open')
    documents.receive(eve.channel, eve, Uint8Array.of(3, 255, 255, 255, 255, 255, 255))
    await eve.notice('document_closed')
    ann.type('still here')
    await ann.acknowledged()
    await eve.connect()
    await eve.until(() => eve.text === 'still here')
  })
})

describe('the thread that owns the documents', () => {
  test('that can not start refuses to open, and the local hub goes on', async () => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), '')
    await using documents = await openTestDocuments(dir, {
      workerUrl: new URL('file:///none/worker.js'),
    })
    for (const id of [1, 2]) {
      await expect(DocumentEditor.open(documents, 'a.txt', { id })).rejects.toMatchObject({
        code: 'unavailable',
      })
    }
  })
})
