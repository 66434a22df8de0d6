import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../../support/document-editor.ts'
import { HostedDocuments } from '../../../support/hosted-documents.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

/** People are promised 5 s, which a busy machine does not keep: it fails where nothing comes at all. */
const TOLD_MS = 20_000
const TIMEOUT_MS = 90_000

/** What writing fails with, as long as it is set: of files in the project, and of journals. */
const failing = vi.hoisted(() => ({
  files: undefined as string | undefined,
  journals: undefined as string | undefined,
}))

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>()
  const open: typeof real.open = async (path, flags, mode) => {
    const writes = String(path).includes('.salvus-saving-') || flags === 'r+'
    if (failing.files !== undefined && writes) {
      throw Object.assign(new Error(`${failing.files}: injected`), { code: failing.files })
    }
    return real.open(path, flags, mode)
  }
  return { ...real, default: real, open }
})

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>()
  const check = (): void => {
    if (failing.journals !== undefined) {
      throw Object.assign(new Error(`${failing.journals}: injected`), { code: failing.journals })
    }
  }
  const writeSync = (...all: Parameters<typeof real.writeSync>): number => {
    check()
    return real.writeSync(...all)
  }
  const mkdirSync = (...all: Parameters<typeof real.mkdirSync>): string | undefined => {
    check()
    return real.mkdirSync(...all)
  }
  return { ...real, default: real, writeSync, mkdirSync }
})

afterEach(() => {
  failing.files = undefined
  failing.journals = undefined
})

const FAILURES = [
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'space is used up'],
  ['EROFS', 'read-only'],
  ['EIO', 'EIO'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'not permitted'],
] as const

test.each(FAILURES)(
  'case 12: %s while saving is told, nothing is lost, and it is saved when it is over',
  { timeout: TIMEOUT_MS },
  async (code, message) => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), 'one\n')
    await using documents = new HostedDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    failing.files = code
    ann.type('two\n')
    for (const person of [ann, ben]) {
      await person.until(() => person.disk?.state === 'failed', TOLD_MS)
      expect(person.disk?.message).toContain(message)
    }
    // The journal has it.
    await ann.acknowledged()
    ben.type('three\n')
    await ben.acknowledged()
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\n')
    failing.files = undefined
    await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n')
  },
)

test('a failure that lasts is told once, not with each try', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'one\n')
  await using documents = new HostedDocuments(dir)
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  failing.files = 'EIO'
  ann.type('two\n')
  await ann.until(() => ann.disk?.state === 'failed')
  const told = ann.notices.length
  for (let round = 0; round < 3; round++) await documents.save('a.txt').catch(() => undefined)
  expect(ann.notices.length).toBe(told)
})

test(
  'case 12: where the journal can not be written, what is typed waits in the page until it can',
  { timeout: TIMEOUT_MS },
  async () => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), 'one\n')
    await using documents = new HostedDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    failing.journals = 'ENOSPC'
    failing.files = 'ENOSPC'
    ann.type('two\n')
    await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
    expect(ann.pending).toBe(1)
    // The file alone can be written: it is not told as saved before the journal can.
    failing.files = undefined
    await vi.waitFor(
      async () => expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n'),
      { timeout: TOLD_MS },
    )
    expect(ann.disk?.state).toBe('failed')
    expect(ann.pending).toBe(1)
    failing.journals = undefined
    await ann.until(() => ann.pending === 0 && ann.disk?.state === 'saved', TOLD_MS)
    expect(ann.text).toBe('one\ntwo\n')
  },
)

test('a save that fails after it was done is not taken for a change of another program', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'one\n')
  await using documents = new HostedDocuments(dir)
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  failing.files = 'EIO'
  ann.type('two\n')
  await ann.until(() => ann.disk?.state === 'failed')
  // As where the folder could not be flushed after the renaming.
  await writeFile(join(dir, 'a.txt'), 'one\ntwo\n')
  ann.type('three\n')
  failing.files = undefined
  await ann.until(() => ann.disk?.state === 'saved')
  expect(ann.text).toBe('one\ntwo\nthree\n')
})
