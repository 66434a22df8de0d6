import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test, vi } from 'vitest'

import { decodeRecords } from '../../../src/local-hub/documents/journal-frames.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { DocumentProcess } from '../../support/document-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const DEADLINE = { timeout: 60_000, interval: 20 }

/**
 * Cuts the end of the newest segment off, as a machine does that goes down: in the middle of a record. Between two
 * nothing would look lost.
 */
async function cutJournal(dir: string, bytes: number): Promise<void> {
  const names = await readdir(join(dir, '.salvus'), { recursive: true })
  const [segment] = names
    .filter((name) => name.endsWith('.journal'))
    .toSorted()
    .slice(-1)
  expect(segment, names.join(' ')).toBeDefined()
  const path = join(dir, '.salvus', segment ?? '')
  const written = await readFile(path)
  const left = written.length - bytes
  const { wholeBytes } = decodeRecords(written.subarray(0, left))
  await truncate(path, wholeBytes === left ? left - 1 : left)
}

test('case 3: [S31] the end of a journal that the machine lost comes back from the pages that are open', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'start\n')
  const first = await DocumentProcess.start(dir)
  const ann = await DocumentEditor.open(first, 'a.txt', { id: 1 })
  const ben = await DocumentEditor.open(first, 'a.txt', { id: 2 })
  for (let n = 0; n < 20; n++) {
    ann.type(`a${n} `)
    await ann.acknowledged()
    ben.type(`b${n} `, { at: 0 })
    await ben.acknowledged()
  }
  await first.kill()
  for (const editor of [ann, ben]) {
    editor.disconnect()
    editor.type('offline ')
  }
  await cutJournal(dir, 700)
  await using second = await DocumentProcess.start(dir)
  await Promise.all([ann.connect(second), ben.connect(second)])
  await Promise.all([ann.acknowledged(), ben.acknowledged()])
  await ann.until(() => ann.text === ben.text && ann.sync.m === ben.sync.m)
  const words = ann.text.split(/\s+/).filter((word) => word !== '')
  const typed = Array.from({ length: 20 }, (_each, n) => [`a${n}`, `b${n}`]).flat()
  expect(words.toSorted()).toEqual(['start', ...typed, 'offline', 'offline'].toSorted())
  // Who came first was not repaired. On a busy machine the other may come too late for that.
  expect([ann.problems, ben.problems]).toContainEqual([])
  expect(ann.remarks.join(' ')).toContain('was damaged')
  await vi.waitFor(
    async () => expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe(ann.text),
    DEADLINE,
  )
})

test('[S28] who was away while it was looked for keeps what it typed', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'start\n')
  const first = await DocumentProcess.start(dir)
  const ann = await DocumentEditor.open(first, 'a.txt', { id: 1 })
  const ben = await DocumentEditor.open(first, 'a.txt', { id: 2 })
  for (let n = 0; n < 10; n++) {
    ann.type(`a${n} `)
    await ann.acknowledged()
  }
  ben.disconnect()
  await first.kill()
  ann.disconnect()
  await cutJournal(dir, 500)
  await using second = await DocumentProcess.start(dir)
  await ben.connect(second)
  ben.type('ben ')
  await ben.acknowledged()
  ann.type('away ')
  await ann.connect(second)
  await ann.until(() => ann.text === ben.text && ann.pending === 0)
  const words = ann.text.split(/\s+/).filter((word) => word !== '')
  const typed = Array.from({ length: 10 }, (_each, n) => `a${n}`)
  expect(words.toSorted()).toEqual(['start', ...typed, 'away', 'ben'].toSorted())
})
