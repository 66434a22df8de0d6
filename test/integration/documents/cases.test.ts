import { execFileSync } from 'node:child_process'
import {
  appendFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import type { WorksheetDocument } from '../../../src/local-hub/worksheets/worksheet-document.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { DocumentProcess } from '../../support/document-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

/** The cases that were somebody's incident, as far as they are about documents and their files. */

const DEADLINE = { timeout: 60_000, interval: 20 }

/** People are promised five seconds, of a machine that has not much else to do. */
const TOLD_MS = 30_000

async function project(files: Record<string, string>): Promise<string> {
  const dir = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
  return dir
}

async function onDisk(file: string, text: string): Promise<void> {
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe(text), DEADLINE)
}

describe('case 4: the file changes on the disk', () => {
  test('case 4: open, without unsaved edits', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await appendFile(join(dir, 'a.txt'), 'outside\n')
    await ann.until(() => ann.text === 'one\noutside\n', TOLD_MS)
  })

  test('case 4: open, with unsaved edits', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('typed\n', { at: 0 })
    await appendFile(join(dir, 'a.txt'), 'outside\n')
    await ann.until(() => ann.text === 'typed\none\noutside\n', TOLD_MS)
    await onDisk(join(dir, 'a.txt'), 'typed\none\noutside\n')
  })

  test('case 4: closed, without unsaved edits', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    {
      await using documents = await openTestDocuments(dir)
      const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
      ann.type('typed\n', { at: 0 })
      await ann.acknowledged()
    }
    await appendFile(join(dir, 'a.txt'), 'outside\n')
    await using documents = await openTestDocuments(dir)
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    await ben.until(() => ben.text === 'typed\none\noutside\n')
  })

  test('case 4: closed, with edits that were acknowledged and not saved, and by a page that was away', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    const first = await DocumentProcess.start(dir)
    const ann = await DocumentEditor.open(first, 'a.txt', { id: 1 })
    ann.type('typed\n', { at: 0 })
    await ann.acknowledged()
    await first.kill()
    ann.disconnect()
    ann.type('offline\n')
    const before = await readFile(join(dir, 'a.txt'), 'utf8')
    await writeFile(join(dir, 'a.txt'), before.replace('one', 'outside'))
    await using second = await DocumentProcess.start(dir)
    await ann.connect(second)
    await ann.until(() => ann.text === 'typed\noutside\noffline\n')
    await onDisk(join(dir, 'a.txt'), 'typed\noutside\noffline\n')
  })
})

describe('case 5: the file is renamed or moved while it is open', () => {
  test('case 5: a folder is renamed in Salvus, with unsaved edits of two files in it', async () => {
    const dir = await temporaryDirectory()
    await mkdir(join(dir, 'old', 'sub'), { recursive: true })
    await writeFile(join(dir, 'old', 'a.txt'), 'a\n')
    await writeFile(join(dir, 'old', 'sub', 'b.txt'), 'b\n')
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'old/a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'old/sub/b.txt', { id: 2 })
    ann.type('typed\n')
    ben.type('typed\n')
    await rename(join(dir, 'old'), join(dir, 'new'))
    await documents.area.renameOpenDocument('old', 'new')
    ann.type('more\n')
    await onDisk(join(dir, 'new', 'a.txt'), 'a\ntyped\nmore\n')
    await onDisk(join(dir, 'new', 'sub', 'b.txt'), 'b\ntyped\n')
    await ann.until(() => ann.disk?.state === 'saved')
    await ben.until(() => ben.disk?.state === 'saved')
    expect(await readdir(dir)).not.toContain('old')
  })

  test('case 5: it is moved over another open file, which had unsaved edits', async () => {
    const dir = await project({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'b.txt', { id: 2 })
    ann.type('typed\n')
    ben.type('unsaved\n')
    await Promise.all([ann.acknowledged(), ben.acknowledged()])
    await rename(join(dir, 'a.txt'), join(dir, 'b.txt'))
    await documents.area.renameOpenDocument('a.txt', 'b.txt')
    await ben.notice('document_closed')
    ann.type('more\n')
    await onDisk(join(dir, 'b.txt'), 'a\ntyped\nmore\n')
    // What it had is not taken for a version of the document that is there now.
    ben.connect().catch(() => undefined)
    await ben.until(() => ben.problems.length > 0)
    expect(ben.problems[0]).toMatchObject({ kind: 'forked' })
    expect(ben.channel).toBe(ann.channel)
    expect(await readdir(dir)).not.toContain('a.txt')
  })

  test('case 5: a worksheet is renamed while a cell of it runs', async () => {
    const dir = await project({ 'a.sagews': '' })
    const running: WorksheetDocument[] = []
    await using documents = await openTestDocuments(dir, {
      openRunner: (document) => {
        running.push(document)
        return {
          busy: true,
          session: { state: 'idle', sinceMs: 0 },
          [Symbol.asyncDispose]: () => Promise.resolve(),
        } as never
      },
    })
    const ann = await DocumentEditor.open(documents, 'a.sagews', { id: 1 })
    await rename(join(dir, 'a.sagews'), join(dir, 'b.sagews'))
    const [runs] = running
    const cell = 'c'.repeat(32)
    const committed = runs?.commit([['i', 'cells', cell, '']])
    await documents.area.renameOpenDocument('a.sagews', 'b.sagews')
    await committed
    await runs?.commit([['t', `${cell}.input`, [[0, '1+1']]]])
    await ann.until(() => ann.textOf(`${cell}.input`) === '1+1')
    await vi.waitFor(
      async () => expect(await readFile(join(dir, 'b.sagews'), 'utf8')).toContain('1+1'),
      DEADLINE,
    )
    expect(await readdir(dir)).not.toContain('a.sagews')
  })

  test('case 5: another program renames it: told with the new name, and again when it is back', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await rename(join(dir, 'a.txt'), join(dir, 'b.txt'))
    await ann.until(() => ann.disk?.message?.includes('“b.txt”') === true, TOLD_MS)
    expect(ann.disk?.state).toBe('deleted')
    ann.type('typed\n')
    await ann.acknowledged()
    await rename(join(dir, 'b.txt'), join(dir, 'a.txt'))
    await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntyped\n')
  })

  test('case 5: it goes to the trash with unsaved edits, and comes back with them', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await mkdir(join(dir, 'trash'))
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('typed\n')
    await rename(join(dir, 'a.txt'), join(dir, 'trash', 'content'))
    await ann.until(() => ann.disk?.state === 'deleted', TOLD_MS)
    await ann.acknowledged()
    await rename(join(dir, 'trash', 'content'), join(dir, 'a.txt'))
    await onDisk(join(dir, 'a.txt'), 'one\ntyped\n')
    await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
  })

  test('case 5: its folder is removed and made again, as git does between branches', async () => {
    const dir = await temporaryDirectory()
    await mkdir(join(dir, 'sub'))
    await writeFile(join(dir, 'sub', 'a.txt'), 'one\n')
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'sub/a.txt', { id: 1 })
    await rm(join(dir, 'sub'), { recursive: true })
    await ann.until(() => ann.disk?.state === 'deleted', TOLD_MS)
    ann.type('typed\n')
    await ann.acknowledged()
    await mkdir(join(dir, 'sub'))
    await writeFile(join(dir, 'sub', 'a.txt'), 'zero\none\n')
    await ann.until(() => ann.text === 'zero\none\ntyped\n', TOLD_MS)
    await onDisk(join(dir, 'sub', 'a.txt'), 'zero\none\ntyped\n')
  })
})

describe('case 6: one file by two paths', () => {
  test('case 6: a file with two names keeps both, and is followed whichever is written', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    const other = join(await temporaryDirectory(), 'hard')
    await link(join(dir, 'a.txt'), other)
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('typed\n')
    await onDisk(other, 'one\ntyped\n')
    await appendFile(other, 'outside\n')
    await ann.until(() => ann.text === 'one\ntyped\noutside\n', TOLD_MS)
    expect((await stat(join(dir, 'a.txt'))).ino).toBe((await stat(other)).ino)
  })

  test('case 6: a link that is made to lead elsewhere opens what it leads to then', async () => {
    const dir = await project({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
    await symlink('a.txt', join(dir, 'soft'))
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'soft', { id: 1 })
    await rm(join(dir, 'soft'))
    await symlink('b.txt', join(dir, 'soft'))
    const ben = await DocumentEditor.open(documents, 'soft', { id: 2 })
    ann.type('ann\n')
    ben.type('ben\n')
    await onDisk(join(dir, 'a.txt'), 'a\nann\n')
    await onDisk(join(dir, 'b.txt'), 'b\nben\n')
    await symlink('nothing', join(dir, 'dangling'))
    await expect(DocumentEditor.open(documents, 'dangling', { id: 3 })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test('case 6: a file that becomes a link stays one, and what it leads to is written', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await mkdir(join(dir, 'store'))
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await rename(join(dir, 'a.txt'), join(dir, 'store', 'a.txt'))
    await symlink(join('store', 'a.txt'), join(dir, 'a.txt'))
    ann.type('typed\n')
    await onDisk(join(dir, 'store', 'a.txt'), 'one\ntyped\n')
    expect(execFileSync('readlink', [join(dir, 'a.txt')], { encoding: 'utf8' })).toBe(
      'store/a.txt\n',
    )
  })
})

test('case 7: a document that is closed while the last edit is on its way has it once', async () => {
  const dir = await project({ 'a.txt': '' })
  await using documents = await openTestDocuments(dir, { unusedMs: 0 })
  const typed: string[] = []
  for (let round = 0; round < 12; round++) {
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: round + 1 })
    ann.type(`round ${round}\n`)
    typed.push(`round ${round}`)
    // At another moment each time: before the edit is taken, while it is journaled, after it is told.
    for (let turn = 0; turn < round * 2; turn++) await new Promise(setImmediate)
    ann.leave()
    if (ann.pending === 0) continue
    // The page comes back, as another connection of the same session.
    ann.disconnect()
    const again = await DocumentEditor.takeOver(documents, ann, { id: 100 + round })
    await again.acknowledged()
    again.leave()
  }
  const ben = await DocumentEditor.open(documents, 'a.txt', { id: 1000 })
  expect(ben.text.trimEnd().split('\n').toSorted()).toEqual(typed.toSorted())
  await onDisk(join(dir, 'a.txt'), ben.text)
})

test('case 11: snapshots during heavy editing, and a kill in the middle, lose and double nothing', async () => {
  const dir = await project({ 'a.txt': '' })
  let host = await DocumentProcess.start(dir)
  const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
  const ben = await DocumentEditor.open(host, 'a.txt', { id: 2 })
  // A segment is closed by a snapshot after 1000 changes.
  for (let n = 0; n < 2500; n++) {
    ann.type(`a${n} `)
    if (n % 3 === 0) ben.type(`b${n} `, { at: 0 })
    if (n % 250 === 0) await ann.until(() => ann.pending < 400)
    if (n === 1700) {
      await host.kill()
      ann.disconnect()
      ben.disconnect()
      host = await DocumentProcess.start(dir)
      await Promise.all([ann.connect(host), ben.connect(host)])
    }
  }
  await using _ = host
  await Promise.all([ann.acknowledged(), ben.acknowledged()])
  const carl = await DocumentEditor.open(host, 'a.txt', { id: 3 })
  const words = carl.text.split(' ').filter((word) => word !== '')
  const expected = Array.from({ length: 2500 }, (_each, n) =>
    n % 3 === 0 ? [`a${n}`, `b${n}`] : [`a${n}`],
  )
  expect(words.toSorted()).toEqual(expected.flat().toSorted())
  const histories = await readdir(join(dir, '.salvus', 'history'), { recursive: true })
  expect(histories.filter((name) => name.includes('.journal')).length).toBeGreaterThan(1)
  await onDisk(join(dir, 'a.txt'), carl.text)
})
