import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments, type TestDocuments } from '../../support/test-documents.ts'

const DAY_MS = 24 * 60 * 60 * 1000

interface Opened extends AsyncDisposable {
  readonly dir: string
  readonly documents: TestDocuments
  readonly handlers: TestDocuments['area']['handlers']
  readonly ann: DocumentEditor
  readonly ben: DocumentEditor
}

/** Two people in `a.txt` with this text. */
async function opened(text: string): Promise<Opened> {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), text)
  const documents = await openTestDocuments(dir, { unusedMs: 0 })
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
  return {
    dir,
    documents,
    handlers: documents.area.handlers,
    ann,
    ben,
    [Symbol.asyncDispose]: () => documents[Symbol.asyncDispose](),
  }
}

const both = (ann: DocumentEditor, ben: DocumentEditor): Promise<void> =>
  ben.until(() => ben.text === ann.text && ann.pending + ben.pending === 0)

describe('the history of a document', () => {
  test('lists who changed how much, and reads any version and time', async () => {
    await using at = await opened('one\r\ntwo\r\n')
    const { handlers, ann, ben } = at
    const before = Date.now() - 1
    for (const character of 'three') ann.type(character)
    await ann.acknowledged()
    await both(ann, ben)
    ben.type('zero\n', { at: 0 })
    await ben.acknowledged()
    await both(ann, ben)
    const path = 'a.txt'
    const { versions, more } = await handlers.list_document_versions({ path, limit: 10 }, ann)
    expect(more).toBe(false)
    // Of one minute or of two: they are told by the minutes of the clock.
    const authors = versions.flatMap((group) => group.authors)
    for (const name of ['person 1', 'person 2']) {
      const theirs = authors.filter((author) => author.name === name)
      expect(theirs.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(5)
      expect(theirs.every(({ deleted }) => deleted === 0)).toBe(true)
    }
    expect(versions[0]?.to).toBe(ann.sync.m)
    const read = (ask: { v?: number; atMs?: number }) =>
      handlers.read_document_version({ path, ...ask }, ann)
    expect(await read({})).toMatchObject({ text: 'zero\r\none\r\ntwo\r\nthree', next: null })
    expect(await read({ v: 2 })).toMatchObject({ v: 2, text: 'one\r\ntwo\r\nth' })
    expect(await read({ v: 0 })).toMatchObject({ v: 0, text: 'one\r\ntwo\r\n' })
    expect(await read({ atMs: Date.now() })).toMatchObject({ v: ann.sync.m })
    await expect(read({ v: 1000 })).rejects.toMatchObject({ code: 'not_found' })
    await expect(read({ atMs: before - DAY_MS })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('tells what was changed between two versions, and who changed each line last', async () => {
    await using at = await opened('one\ntwo\nthree\n')
    const { handlers, ann, ben } = at
    const path = 'a.txt'
    ann.type('ONE ', { at: 0 })
    await ann.acknowledged()
    await both(ann, ben)
    const middle = ann.sync.m
    ben.type('x', { at: 8 })
    await ben.acknowledged()
    await both(ann, ben)
    const to = ben.sync.m
    const { pieces } = await handlers.document_changes({ path, from: 0, to }, ann)
    expect(pieces).toMatchObject([
      { kind: 'inserted', offset: 0, line: 1, text: 'ONE ', author: { name: 'person 1' } },
      { kind: 'inserted', offset: 8, line: 2, text: 'x', author: { name: 'person 2' } },
    ])
    const later = await handlers.document_changes({ path, from: middle, to }, ann)
    expect(later.pieces).toHaveLength(1)
    await expect(
      Promise.resolve(handlers.document_changes({ path, from: to, to: 0 }, ann)),
    ).rejects.toMatchObject({ code: 'bad_value' })
    const { lines } = await handlers.blame_document({ path }, ann)
    expect(lines).toMatchObject([
      { line: 1, count: 1, change: { v: middle, author: { name: 'person 1' } } },
      { line: 2, count: 1, change: { v: to, author: { name: 'person 2' } } },
      { line: 3, count: 2, change: null },
    ])
  })

  test('a restore merges with what others type, and can be taken back', async () => {
    await using at = await opened('one\ntwo\nthree\n')
    const { handlers, ann, ben } = at
    const path = 'a.txt'
    ann.type('X', { at: 0 })
    ann.type('Y', { at: 5 })
    await ann.acknowledged()
    await both(ann, ben)
    expect(ann.text).toBe('Xone\nYtwo\nthree\n')
    ben.type('four\n')
    const { v } = await handlers.restore_document({ path, v: 0, fromLine: 2, toLine: 2 }, ann)
    await both(ann, ben)
    expect(ann.text).toMatch(/^Xone\ntwo\nthree\n/)
    await ben.acknowledged()
    const whole = await handlers.restore_document({ path, v: 0 }, ann)
    await both(ann, ben)
    ben.type('five\n')
    await ben.acknowledged()
    expect(v).not.toBeNull()
    await handlers.undo_restore({ path, v: whole.v ?? 0 }, ann)
    await both(ann, ben)
    expect(ann.text).toContain('Xone\ntwo\nthree\n')
    expect(ann.text).toContain('four\n')
    expect(ann.text).toContain('five\n')
    expect(await handlers.restore_document({ path, v: ann.sync.m }, ann)).toEqual({ v: null })
    expect(ann.problems).toEqual([])
  })

  test('of a closed document is read without opening it, and restored by opening it', async () => {
    await using at = await opened('one\n')
    const { handlers, ann, ben } = at
    ann.type('two\n')
    await ann.acknowledged()
    for (const editor of [ann, ben]) {
      await handlers.close_document({ channel: editor.channel ?? never() }, editor)
    }
    const path = 'a.txt'
    expect(await handlers.read_document_version({ path, v: 0 }, ann)).toMatchObject({
      text: 'one\n',
    })
    const { v } = await handlers.restore_document({ path, v: 0 }, ann)
    expect(v).toBe(2)
    const cat = await DocumentEditor.open(at.documents, path, { id: 3 })
    expect(cat.text).toBe('one\n')
  })

  test('follows a closed document whose folder is renamed in Salvus', async () => {
    await using at = await opened('one\n')
    const { handlers, dir, documents } = at
    await mkdir(join(dir, 'old/deep'), { recursive: true })
    await writeFile(join(dir, 'old/deep/b.txt'), 'b')
    const cat = await DocumentEditor.open(documents, 'old/deep/b.txt', { id: 3 })
    cat.type('c')
    await cat.acknowledged()
    await handlers.close_document({ channel: cat.channel ?? never() }, cat)
    await rename(join(dir, 'old'), join(dir, 'new'))
    await documents.area.renameOpenDocument('old', 'new')
    expect(
      await handlers.read_document_version({ path: 'new/deep/b.txt', v: 0 }, cat),
    ).toMatchObject({ text: 'b' })
  })

  test('none is said so; a path outside the project is refused', async () => {
    await using at = await opened('one\n')
    const { handlers, ann, dir } = at
    await writeFile(join(dir, 'b.txt'), 'never opened')
    const read = (path: string) => Promise.resolve(handlers.blame_document({ path }, ann))
    await expect(read('b.txt')).rejects.toMatchObject({ code: 'not_found' })
    await expect(read('../b.txt')).rejects.toMatchObject({ code: 'outside_project' })
    expect(await handlers.list_document_versions({ path: 'b.txt', limit: 1 }, ann)).toEqual({
      versions: [],
      more: false,
      remarks: [],
    })
  })
})

function never(): never {
  throw new Error('not there')
}
