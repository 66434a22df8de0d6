import { execFileSync } from 'node:child_process'
import {
  appendFile,
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

const DEADLINE = { timeout: 60_000, interval: 20 }

async function onDisk(file: string, text: string): Promise<void> {
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toBe(text), DEADLINE)
}

async function project(files: Record<string, string | Uint8Array>) {
  const dir = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
  return dir
}

describe('a document and its file', () => {
  test('what two people type is on the disk a moment later, and in both pages', async () => {
    const dir = await project({ 'a.txt': 'hello\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    expect(ann.channel).toBe(ben.channel)
    ann.type('A', { at: 0 })
    ben.type('B')
    await ann.until(() => ann.text === 'Ahello\nB' && ann.pending === 0)
    await ben.until(() => ben.text === 'Ahello\nB' && ben.pending === 0)
    await onDisk(join(dir, 'a.txt'), 'Ahello\nB')
    await ann.until(() => ann.disk?.state === 'saved' && ann.sync.savedV === ann.sync.m)
    expect(documents.used).toEqual([
      { path: 'a.txt', action: 'open' },
      { path: 'a.txt', action: 'open' },
      { path: 'a.txt', action: 'edit' },
      { path: 'a.txt', action: 'edit' },
    ])
    expect((await readdir(dir)).toSorted()).toEqual(['.salvus', 'a.txt'])
  })

  test('opening writes nothing into the file, and saving keeps its mode', async () => {
    const dir = await project({ 'run.sh': '#!/bin/sh\r\necho\r\n' })
    const file = join(dir, 'run.sh')
    await chmod(file, 0o751)
    const before = await stat(file)
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'run.sh', { id: 1 })
    await documents.save(ann)
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs)
    ann.type('x\n')
    await ann.acknowledged()
    await documents.save(ann)
    expect(await readFile(file, 'utf8')).toBe('#!/bin/sh\r\necho\r\nx\r\n')
    expect((await stat(file)).mode & 0o7777).toBe(0o751)
  })

  const FROM_OUTSIDE: [string, (file: string) => Promise<unknown>, string][] = [
    ['sed -i', async (file) => execFileSync('sed', ['-i', 's/two/2/', file]), 'one\n2\nthree\n'],
    ['appending', (file) => appendFile(file, 'four\n'), 'one\ntwo\nthree\nfour\n'],
    ['truncating', (file) => truncate(file, 4), 'one\n'],
    ['emptying', (file) => truncate(file, 0), ''],
    [
      'replacing by renaming, as vim does',
      async (file) => {
        await rename(file, `${file}~`)
        await writeFile(`${file}.new`, 'one\ntwo\nTHREE\n')
        await rename(`${file}.new`, file)
      },
      'one\ntwo\nTHREE\n',
    ],
  ]
  test.each(FROM_OUTSIDE)('%s changes the open document', async (_name, change, expected) => {
    const dir = await project({ 'a.txt': 'one\ntwo\nthree\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await change(join(dir, 'a.txt'))
    await ann.until(() => ann.text === expected)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe(expected)
  })

  test('a change from outside and unsaved typing are both kept', async () => {
    const dir = await project({ 'a.txt': 'one\ntwo\nthree\n' })
    const file = join(dir, 'a.txt')
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    for (let round = 0; round < 5; round++) {
      ann.type(`typed${round}\n`)
      const text = await readFile(file, 'utf8')
      await writeFile(file, `outside${round}\n${text}`)
      await ann.until(() => ann.text.includes(`outside${round}`))
    }
    await ann.acknowledged()
    await ann.until(() => ann.disk?.state === 'saved' && ann.sync.savedV === ann.sync.m)
    const lines = (await readFile(file, 'utf8')).split('\n')
    expect(lines.toSorted()).toEqual(
      [
        '',
        'one',
        'two',
        'three',
        ...[0, 1, 2, 3, 4].flatMap((n) => [`typed${n}`, `outside${n}`]),
      ].toSorted(),
    )
    expect(ann.text).toBe(lines.join('\n'))
  })

  test('a deleted file is told, is not written by typing, and is written by Save', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await rm(join(dir, 'a.txt'))
    await ann.until(() => ann.disk?.state === 'deleted')
    ann.type('two\n')
    await ann.acknowledged()
    await expect(stat(join(dir, 'a.txt'))).rejects.toThrow()
    await documents.save(ann)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
    await ann.until(() => ann.disk?.state === 'saved')
  })

  test('a binary file in its place is a conflict, which Save resolves by keeping both', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const binary = Uint8Array.of(1, 0, 2)
    await writeFile(join(dir, 'a.txt'), binary)
    await ann.until(() => ann.disk?.state === 'conflict')
    ann.type('two\n')
    await ann.acknowledged()
    await documents.save(ann)
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
    const kept = (await readdir(dir)).find((name) => name.startsWith('a.on-disk-'))
    expect(await readFile(join(dir, kept ?? 'none'))).toEqual(Buffer.from(binary))
  })

  test('a move in Salvus keeps it open, and its history', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('two\n')
    await ann.acknowledged()
    await mkdir(join(dir, 'sub'))
    await rename(join(dir, 'a.txt'), join(dir, 'sub', 'b.txt'))
    await documents.area.renameOpenDocument('a.txt', 'sub/b.txt')
    ann.type('three\n')
    await onDisk(join(dir, 'sub', 'b.txt'), 'one\ntwo\nthree\n')
    const changed = ann.notices.filter(({ event }) => event === 'document_changed').at(-1)
    expect(changed?.body).toMatchObject({ path: 'sub/b.txt' })
    await appendFile(join(dir, 'sub', 'b.txt'), 'four\n')
    await ann.until(() => ann.text.endsWith('four\n'))
    expect(await readdir(dir)).not.toContain('a.txt')
  })

  test('two names of one file are one document', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await symlink('a.txt', join(dir, 'soft'))
    await link(join(dir, 'a.txt'), join(dir, 'hard'))
    await using documents = await openTestDocuments(dir)
    const editors = []
    for (const [index, name] of ['a.txt', 'soft', 'hard'].entries()) {
      editors.push(await DocumentEditor.open(documents, name, { id: index + 1 }))
    }
    expect(new Set(editors.map(({ channel }) => channel)).size).toBe(1)
    editors[1]?.type('two\n')
    await onDisk(join(dir, 'hard'), 'one\ntwo\n')
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
  })

  test.each([
    ['a folder', 'sub', 'not_a_file'],
    ['nothing', 'none', 'not_found'],
    ['a link out of the project', 'out', 'outside_project'],
    ['a path out of the project', '../x', 'outside_project'],
    ['a binary file', 'binary', 'not_text'],
    ['what is not UTF-8', 'latin1', 'not_text'],
    ['a file of over 20 MB', 'large', 'too_large'],
  ])('%s is refused', async (_name, path, code) => {
    const dir = await project({
      binary: Uint8Array.of(1, 0, 2),
      latin1: Uint8Array.of(0x61, 0xe4, 0x62),
      large: '',
    })
    await truncate(join(dir, 'large'), 21 * 1024 * 1024)
    await mkdir(join(dir, 'sub'))
    await symlink('/etc/passwd', join(dir, 'out'))
    await using documents = await openTestDocuments(dir)
    await expect(DocumentEditor.open(documents, path, { id: 1 })).rejects.toMatchObject({ code })
  })
})

describe('roles', () => {
  test('the change of a viewer is refused, also of one who was an editor a moment ago', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    const eve = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    eve.type('mine\n')
    await eve.acknowledged()
    eve.role = 'viewer'
    eve.type('not mine\n')
    await eve.until(() => eve.problems.length > 0)
    expect(eve.problems[0]).toMatchObject({ kind: 'refused', code: 'read_only' })
    expect(eve.rescued).toEqual(['not mine\n'])
    ann.type('still\n')
    await onDisk(join(dir, 'a.txt'), 'one\nmine\nstill\n')
  })
})

describe('closing', () => {
  test('a document that nobody has open is saved and closed', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    await using documents = await openTestDocuments(dir, { unusedMs: 1 })
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    ann.type('two\n')
    await ann.acknowledged()
    const { channel } = ann
    ann.leave()
    await onDisk(join(dir, 'a.txt'), 'one\ntwo\n')
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    expect(ben.text).toBe('one\ntwo\n')
    expect(channel).toBeDefined()
  })

  test('what changed while it was closed is there, with what was typed before', async () => {
    const dir = await project({ 'a.txt': 'one\n' })
    {
      await using documents = await openTestDocuments(dir)
      const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
      ann.type('two\n')
      await ann.acknowledged()
    }
    expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
    await appendFile(join(dir, 'a.txt'), 'three\n')
    await using documents = await openTestDocuments(dir)
    const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
    await ann.until(() => ann.text === 'one\ntwo\nthree\n')
  })
})
