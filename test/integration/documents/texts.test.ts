import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments, type TestDocuments } from '../../support/test-documents.ts'

const DEADLINE = { timeout: 60_000, interval: 20 }
const MEGABYTE = 1024 * 1024

async function opened(content: string | Uint8Array) {
  const dir = await temporaryDirectory()
  const file = join(dir, 'a.txt')
  await writeFile(file, content)
  const documents: TestDocuments = await openTestDocuments(dir)
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  return { file, documents, ann, [Symbol.asyncDispose]: () => documents[Symbol.asyncDispose]() }
}

async function bytesOnDisk(file: string, text: string): Promise<void> {
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe(text), DEADLINE)
}

describe('case 13: what a text may be', () => {
  test('case 13: a paste of 50 MB is refused, and nothing is lost', async () => {
    await using a = await opened('start\n')
    const ben = await DocumentEditor.open(a.documents, 'a.txt', { id: 2 })
    a.ann.type('before\n')
    await a.ann.acknowledged()
    const paste = 'x'.repeat(50 * MEGABYTE)
    // The page refuses it before it enters the document; what comes all the same is refused here.
    expect(() => a.ann.type(paste)).toThrow()
    a.ann.type('after\n')
    ben.type('ben\n', { at: 0 })
    await bytesOnDisk(a.file, 'ben\nstart\nbefore\nafter\n')
    expect(a.ann.text).toBe('ben\nstart\nbefore\nafter\n')
  })

  test('case 13: a line of 10 MB is typed into and saved', async () => {
    const line = 'lorem ipsum '.repeat(Math.ceil((10 * MEGABYTE) / 12))
    await using a = await opened(line)
    a.ann.type('>', { at: 5 * MEGABYTE })
    await a.ann.acknowledged()
    await a.ann.until(() => a.ann.disk?.state === 'saved' && a.ann.sync.savedV === a.ann.sync.m)
    const saved = await readFile(a.file, 'utf8')
    expect(saved.length).toBe(line.length + 1)
    expect(saved[5 * MEGABYTE]).toBe('>')
  })

  test.each([
    ['characters outside the first plane', 'a\u{1F600}\u{1F468}\u200D\u{1F469}\u200D\u{1F467}b\n'],
    ['combining marks, not composed', 'e\u0301 n\u0303 o\u0308\n'],
    ['right to left, with marks of direction', '\u202Bשלום\u202C עולם مرحبا\n'],
    ['the line and paragraph separators of Unicode', 'a\u2028b\u2029c\u0085d\n'],
    ['lines ending in CR LF', 'one\r\ntwo\r\n'],
    ['mixed line ends', 'one\r\ntwo\nthree\rfour\n'],
    ['a byte order mark', '\uFEFFone\n'],
    ['no newline at the end', 'one\ntwo'],
    ['nothing at all', ''],
    ['NUL after the beginning', `${'x'.repeat(9000)}\0y\n`],
  ])('case 13: %s: kept to the byte', async (_name, content) => {
    await using a = await opened(content)
    a.ann.type('X', { at: 0 })
    await a.ann.acknowledged()
    await a.documents.save(a.ann)
    const bom = content.startsWith('\uFEFF') ? '\uFEFF' : ''
    expect(await readFile(a.file, 'utf8')).toBe(`${bom}X${content.slice(bom.length)}`)
  })

  test('case 13: half a character from a page is refused, and the others go on', async () => {
    await using a = await opened('a\u{1F600}b\n')
    const ben = await DocumentEditor.open(a.documents, 'a.txt', { id: 2 })
    expect(() => a.ann.type('\uD83D', { at: 0 })).toThrow(/half of a surrogate pair/)
    expect(() => a.ann.type('x', { at: 2 })).toThrow(/surrogate pair/)
    ben.type('ben\n')
    await bytesOnDisk(a.file, 'a\u{1F600}b\nben\n')
  })
})

describe('a file that changes its form outside', () => {
  test('line ends made LF by another program stay so, and are no conflict', async () => {
    await using a = await opened('one\r\ntwo\r\n')
    a.ann.type('typed\n')
    await bytesOnDisk(a.file, 'one\r\ntwo\r\ntyped\r\n')
    await writeFile(a.file, 'one\ntwo\ntyped\n')
    await a.ann.until(() => a.ann.disk?.state === 'saved')
    a.ann.type('more\n')
    await bytesOnDisk(a.file, 'one\ntwo\ntyped\nmore\n')
    expect(a.ann.text).toBe('one\ntwo\ntyped\nmore\n')
  })

  test('line ends made CR LF while somebody types are kept with what was typed', async () => {
    await using a = await opened('one\ntwo\n')
    a.ann.type('typed\n')
    await writeFile(a.file, 'one\r\ntwo\r\n')
    await bytesOnDisk(a.file, 'one\r\ntwo\r\ntyped\r\n')
    expect(a.ann.text).toBe('one\ntwo\ntyped\n')
  })

  test('a byte order mark that another program puts or removes is followed', async () => {
    await using a = await opened('one\n')
    await writeFile(a.file, '\uFEFFone\n')
    a.ann.type('typed\n')
    await bytesOnDisk(a.file, '\uFEFFone\ntyped\n')
    await writeFile(a.file, 'one\ntyped\n')
    a.ann.type('more\n')
    await bytesOnDisk(a.file, 'one\ntyped\nmore\n')
  })
})
