import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments, type TestDocuments } from '../../support/test-documents.ts'
import { until } from '../../support/until.ts'

const LARGE = 600 * 1024
const DEADLINE_MS = 60_000
/** Between two words of a person: faster than people, slower than the threads. */
const TYPING_MS = 5

async function project(files: Record<string, string>): Promise<string> {
  const dir = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
  return dir
}

/** People type words until `work` is done. */
async function typingDuring(
  editors: readonly DocumentEditor[],
  work: () => Promise<unknown>,
): Promise<readonly string[]> {
  const words: string[] = []
  const going = { on: true }
  const typing = (async () => {
    for (let n = 0; going.on; n++) {
      for (const [index, editor] of editors.entries()) {
        const word = `${'abc'[index] ?? 'x'}${n} `
        editor.type(word)
        words.push(word)
      }
      await new Promise((resolve) => setTimeout(resolve, TYPING_MS))
    }
  })()
  await work()
  going.on = false
  await typing
  return words
}

function stateOf({ text, pending, problems, refusals, sync }: DocumentEditor) {
  return { end: text.slice(-20), pending, phase: sync.phase, problems, refusals }
}

async function together(editors: readonly DocumentEditor[]): Promise<string> {
  const [first] = editors
  if (first === undefined) throw new Error('nobody')
  await until(
    'all have the same text, acknowledged',
    () => Promise.resolve(editors.map(stateOf)),
    () => editors.every(({ text, pending }) => pending === 0 && text === first.text),
  )
  return first.text
}

function expectEachOnce(text: string, words: readonly string[]): void {
  expect(words.length).toBeGreaterThan(10)
  expect(text.split(' ').toSorted()).toEqual(['', ...words.map((word) => word.trim())].toSorted())
}

async function twoEditors(documents: TestDocuments, path: string): Promise<DocumentEditor[]> {
  return [
    await DocumentEditor.open(documents, path, { id: 1 }),
    await DocumentEditor.open(documents, path, { id: 2 }),
  ]
}

describe('a document moves to another thread', () => {
  test('while two people type: nothing is lost, nothing doubled, and the one who only looks has it too', async () => {
    const dir = await project({ 'a.txt': '' })
    await using documents = await openTestDocuments(dir)
    const editors = await twoEditors(documents, 'a.txt')
    const reader = await DocumentEditor.open(documents, 'a.txt', { id: 3, role: 'viewer' })
    const words = await typingDuring(editors, async () => {
      for (let n = 0; n < 5; n++) expect(await documents.area.pool.moveAll()).toBe(true)
    })
    expectEachOnce(await together([...editors, reader]), words)
    expect(documents.area.pool.metrics).toMatchObject({ moves: 5, documents: 1, threadsLost: 0 })
    expect(documents.area.pool.metrics.divergences).toBe(0)
    expect([...editors, reader].flatMap(({ rescued }) => rescued)).toEqual([])
    const [ann] = editors
    if (ann) await documents.save(ann)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe(ann?.text)
  })

  test('a large one has a thread of its own', async () => {
    const dir = await project({ 'a.txt': 'a', 'b.txt': 'b', 'large.txt': 'x\n'.repeat(LARGE / 2) })
    await using documents = await openTestDocuments(dir, {
      limits: { ordinaryMax: 1, apartMax: 2 },
    })
    await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await DocumentEditor.open(documents, 'b.txt', { id: 2 })
    expect(documents.area.pool.metrics.threads).toBe(1)
    const large = await DocumentEditor.open(documents, 'large.txt', { id: 3 })
    expect(documents.area.pool.metrics.threads).toBe(2)
    large.type('end')
    await large.acknowledged()
  })

  test('one that becomes large by a paste, or by another program, leaves the others', async () => {
    const dir = await project({ 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    await using documents = await openTestDocuments(dir, {
      limits: { ordinaryMax: 1, apartMax: 2 },
    })
    await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const pasting = await DocumentEditor.open(documents, 'b.txt', { id: 2 })
    const changed = await DocumentEditor.open(documents, 'c.txt', { id: 3 })
    expect(documents.area.pool.metrics.threads).toBe(1)
    const paste = 'paste\n'.repeat(LARGE / 2)
    pasting.type(paste)
    await pasting.until(() => pasting.pending === 0, DEADLINE_MS)
    expect(pasting.text).toBe(`b${paste}`)
    await writeFile(join(dir, 'c.txt'), 'x\n'.repeat(LARGE / 2))
    await changed.until(() => changed.text.length === LARGE, DEADLINE_MS)
    expect(documents.area.pool.metrics).toMatchObject({ threads: 3, moves: 2 })
  })
})

describe('a thread that ends', () => {
  test('while two people type takes nothing of what they type along', async () => {
    const dir = await project({ 'a.txt': '', 'b.txt': 'other' })
    await using documents = await openTestDocuments(dir)
    const editors = await twoEditors(documents, 'a.txt')
    const other = await DocumentEditor.open(documents, 'b.txt', { id: 3 })
    const words = await typingDuring(editors, async () => {
      await documents.area.pool.endThreads()
      await until(
        'they are open again',
        () => Promise.resolve(documents.area.pool.metrics),
        ({ documents: count }) => count === 2 && editors.every(({ sync }) => sync.phase === 'live'),
      )
    })
    expectEachOnce(await together(editors), words)
    other.type('!')
    await until(
      'the other document goes on',
      () => Promise.resolve(other.pending),
      (pending) => pending === 0,
    )
    expect(documents.area.pool.metrics.threadsLost).toBe(1)
  })

  test('three times in a minute because of one document ends with its refusal', async () => {
    const dir = await project({ 'a.txt': 'text' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    for (let n = 0; n < 3; n++) {
      await ann.until(() => ann.sync.phase === 'live')
      await documents.area.pool.endThreads()
      await ann.until(() => ann.refusals.length > 0 || ann.sync.phase === 'live')
    }
    await ann.until(() => ann.refusals.length > 0)
    expect(ann.refusals[0]).toMatch(/"a.txt" ended the program .* can be opened in \d+ s/)
    const ben = DocumentEditor.open(documents, 'a.txt', { id: 2 })
    await expect(ben).rejects.toMatchObject({ code: 'internal' })
  })
})
