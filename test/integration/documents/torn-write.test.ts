import { linkSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChangeSet } from '@codemirror/state'
import { expect, test, vi } from 'vitest'

import { decodeRecords, endOfFrames } from '../../../src/local-hub/documents/journal-frames.ts'
import { fromJson } from '../../../src/local-hub/documents/journal-records.ts'
import { textEdit } from '../../../src/sync/edit.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { HostedDocuments } from '../../support/hosted-documents.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const DEADLINE = { timeout: 60_000, interval: 20 }

/** The process ended in a write in place: nothing of the journal is later than that the write begins. */
function cutBehindSaving(dir: string): void {
  const history = join(dir, '.salvus', 'history')
  const [folder = ''] = readdirSync(history)
  const name = readdirSync(join(history, folder)).sort().at(-1) ?? ''
  const path = join(history, folder, name)
  const bytes = readFileSync(path)
  const records = fromJson(decodeRecords(bytes).records)
  const saving = records.findLastIndex(({ k }) => k === 'saving')
  expect(saving).toBeGreaterThan(0)
  truncateSync(path, endOfFrames(bytes, saving + 1))
}

const OLD = 'äone\ntwo\nthree\nfour\n'

test.each([
  [
    'with a part of what is longer at the end',
    'öfive\n',
    (b: Buffer, a: Buffer) => joined(b, a, 0, b.length + 3),
  ],
  ['in the middle of a character', 'öfive\n', (b: Buffer, a: Buffer) => joined(b, a, 1, a.length)],
  ['in the middle', 'öfive\n', (b: Buffer, a: Buffer) => joined(b, a, 9, a.length)],
  ['before the rest was cut off', '', (b: Buffer, a: Buffer) => joined(b, a, a.length, b.length)],
])(
  'a write in place that ended %s is done again, and nobody’s change',
  async (_when, typed, tear) => {
    const dir = await temporaryDirectory()
    const path = join(dir, 'a.txt')
    writeFileSync(path, OLD)
    // With two names it is written in place.
    linkSync(path, join(dir, 'b.txt'))
    let text = ''
    {
      await using documents = new HostedDocuments(dir)
      const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
      if (typed === '') ann.change(textEdit('', ChangeSet.of({ from: 0, to: 5 }, OLD.length, '\n')))
      else ann.type(typed, { at: 0 })
      await ann.acknowledged()
      await documents.save('a.txt')
      text = ann.text
    }
    expect(readFileSync(path, 'utf8')).toBe(text)
    cutBehindSaving(dir)
    const torn = tear(Buffer.from(OLD), Buffer.from(text))
    writeFileSync(path, torn)
    await using documents = new HostedDocuments(dir)
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    expect(ben.text).toBe(text)
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe(text), DEADLINE)
    expect(readFileSync(join(dir, 'b.txt'), 'utf8')).toBe(text)
    expect(ben.text).toBe(text)
  },
)

test('what else is in the file is somebody’s change', async () => {
  const dir = await temporaryDirectory()
  const path = join(dir, 'a.txt')
  writeFileSync(path, OLD)
  linkSync(path, join(dir, 'b.txt'))
  {
    await using documents = new HostedDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('five\n', { at: OLD.length })
    await ann.acknowledged()
    await documents.save('a.txt')
  }
  cutBehindSaving(dir)
  writeFileSync(path, `${OLD}six\n`)
  await using documents = new HostedDocuments(dir)
  const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
  await ben.until(() => ben.text.includes('six') && ben.text.includes('five'))
})

/** The new bytes up to an offset, then the old ones, and behind them what is longer, up to another. */
function joined(before: Buffer, after: Buffer, replaced: number, end: number): Buffer {
  return Buffer.concat([
    after.subarray(0, replaced),
    before.subarray(replaced),
    after.subarray(before.length, end),
  ])
}
