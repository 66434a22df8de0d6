import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../../support/document-editor.ts'
import { HostedDocuments } from '../../../support/hosted-documents.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

/** How long a flush of this disk takes: whoever does not wait for it is much earlier. */
const FLUSH_MS = 150

/** What a power failure at any moment would leave of the journal: so many of its writes. */
const journal = vi.hoisted(() => ({
  writes: 0,
  onDisk: 0,
  /** The same when the file was replaced. */
  whenReplaced: [] as { writes: number; onDisk: number }[],
}))

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>()
  const writeSync = (...all: Parameters<typeof real.writeSync>): number => {
    journal.writes++
    return real.writeSync(...all)
  }
  const fdatasync: (fd: number, done: (error: Error | null) => void) => void = (_fd, done) => {
    const { writes } = journal
    setTimeout(() => {
      journal.onDisk = Math.max(journal.onDisk, writes)
      done(null)
    }, FLUSH_MS)
  }
  const renameSync: typeof real.renameSync = (from, to) => {
    const { writes, onDisk } = journal
    if (String(to).endsWith('a.txt')) journal.whenReplaced.push({ writes, onDisk })
    real.renameSync(from, to)
  }
  return { ...real, default: real, writeSync, fdatasync, renameSync }
})

test('with `power` what is typed is on the disk in the journal before it is acknowledged and before the file is replaced', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'one\n')
  await using documents = new HostedDocuments(dir, 'power')
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  const before = journal.writes
  ann.type('two\n')
  await ann.until(() => ann.pending === 0)
  expect(journal.onDisk).toBeGreaterThan(before)
  await ann.until(() => ann.disk?.state === 'saved')
  ann.type('three\n')
  // Asked for at once, and not only when nobody types.
  await documents.save('a.txt')
  expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
  expect(journal.whenReplaced).toHaveLength(2)
  for (const { writes, onDisk } of journal.whenReplaced) expect(onDisk).toBe(writes)
})
