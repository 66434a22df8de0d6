import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { DocumentProcess } from '../../support/document-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const DEADLINE = { timeout: 60_000, interval: 20 }
const isRoot = process.getuid?.() === 0

/** Mounts need root and the right to mount, which a container may lack. */
async function smallDisk(): Promise<string | undefined> {
  const dir = await temporaryDirectory()
  const mount = join(dir, 'disk')
  await mkdir(mount)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' })
    return mount
  } catch {
    return undefined
  }
}

describe('kill -9 of the process that owns the documents', () => {
  test('what was acknowledged is there, and both go on without joining anew', async () => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), 'start\n')
    let host = await DocumentProcess.start(dir)
    const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
    const ben = await DocumentEditor.open(host, 'a.txt', { id: 2 })
    const { term } = ann.sync
    for (let round = 0; round < 6; round++) {
      for (let n = 0; n < 20; n++) {
        ann.type(`a${round}.${n} `)
        ben.type(`b${round}.${n} `, { at: 0 })
      }
      // Killed with some acknowledged and some on the way, at another moment each round.
      if (round % 2 === 0) await ann.until(() => ann.pending < 15)
      await host.kill()
      ann.disconnect()
      ben.disconnect()
      ann.type('offline ')
      host = await DocumentProcess.start(dir)
      await Promise.all([ann.connect(host), ben.connect(host)])
      await Promise.all([ann.acknowledged(), ben.acknowledged()])
    }
    await using _ = host
    expect(ann.problems).toEqual([])
    expect(ben.problems).toEqual([])
    expect(ann.sync.term).toBe(term)
    await ann.until(() => ann.sync.m === ben.sync.m)
    await ben.until(() => ann.sync.m === ben.sync.m)
    expect(ann.text).toBe(ben.text)
    const words = ann.text.split(/\s+/).filter((word) => word !== '')
    const typed = [0, 1, 2, 3, 4, 5].flatMap((round) =>
      Array.from({ length: 20 }, (_each, n) => [`a${round}.${n}`, `b${round}.${n}`]).flat(),
    )
    const expected = ['start', ...typed, ...Array.from({ length: 6 }, () => 'offline')]
    expect(words.toSorted()).toEqual(expected.toSorted())
    await vi.waitFor(
      async () => expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe(ann.text),
      DEADLINE,
    )
  })

  test('a change made on the disk while it was dead is merged with what was not saved', async () => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), 'one\n')
    const first = await DocumentProcess.start(dir)
    const ann = await DocumentEditor.open(first, 'a.txt', { id: 1 })
    ann.type('two\n')
    await ann.acknowledged()
    await first.kill()
    const text = await readFile(join(dir, 'a.txt'), 'utf8')
    await writeFile(join(dir, 'a.txt'), `zero\n${text}`)
    ann.disconnect()
    await using second = await DocumentProcess.start(dir)
    await ann.connect(second)
    await ann.until(() => ann.text === 'zero\none\ntwo\n')
  })

  test('a lost history does not keep the document from opening', async () => {
    const dir = await temporaryDirectory()
    await writeFile(join(dir, 'a.txt'), 'one\n')
    const first = await DocumentProcess.start(dir)
    const ann = await DocumentEditor.open(first, 'a.txt', { id: 1 })
    await first.kill()
    await rm(join(dir, '.salvus'), { recursive: true })
    ann.disconnect()
    await using second = await DocumentProcess.start(dir)
    const ben = await DocumentEditor.open(second, 'a.txt', { id: 2 })
    expect(ben.text).toBe('one\n')
  })
})

describe('a disk that can not be written', () => {
  test('full: told within 5 s, typing goes on, and it is saved when there is space', async ({
    skip,
  }) => {
    const disk = isRoot ? await smallDisk() : undefined
    if (disk === undefined) return skip('a small disk can be mounted by root only')
    try {
      await writeFile(join(disk, 'a.txt'), 'one\n')
      const host = await DocumentProcess.start(disk)
      await using _ = host
      const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
      const filler = Buffer.alloc(1024 * 1024)
      await writeFile(join(disk, 'filler'), filler).catch(() => undefined)
      ann.type('two\n'.repeat(2000))
      await ann.until(() => ann.disk?.state === 'failed')
      expect(ann.disk?.message).toContain('the disk is full')
      ann.type('three\n')
      await rm(join(disk, 'filler'))
      await ann.until(() => ann.disk?.state === 'saved' && ann.pending === 0)
      const expected = `one\n${'two\n'.repeat(2000)}three\n`
      expect(await readFile(join(disk, 'a.txt'), 'utf8')).toBe(expected)
      expect(await readdir(disk)).toEqual(
        expect.not.arrayContaining([expect.stringMatching(/^\.salvus-saving/)]),
      )
      await host.kill()
    } finally {
      execFileSync('umount', [disk])
    }
  })

  test('a file that may not be written opens read-only', async ({ skip }) => {
    if (!isRoot) return skip('another user is needed')
    const dir = await temporaryDirectory()
    await chmod(dir, 0o755)
    await writeFile(join(dir, 'a.txt'), 'one\n', { mode: 0o644 })
    await mkdir(join(dir, '.salvus'))
    await chmod(join(dir, '.salvus'), 0o777)
    await using host = await DocumentProcess.start(dir, { uid: 65_534 })
    const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
    expect(ann.disk).toMatchObject({ readOnly: true })
    ann.type('two\n')
    await ann.until(() => ann.problems.length > 0)
    expect(ann.problems[0]).toMatchObject({ code: 'read_only' })
  })

  test('a folder that may not be written: the file is written in place', async ({ skip }) => {
    if (!isRoot) return skip('another user is needed')
    const dir = await temporaryDirectory()
    await chmod(dir, 0o755)
    await writeFile(join(dir, 'a.txt'), 'one\n')
    await chmod(join(dir, 'a.txt'), 0o666)
    await using host = await DocumentProcess.start(dir, { uid: 65_534 })
    const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
    ann.type('two\n')
    await ann.until(() => ann.disk?.state === 'failed' || ann.disk?.state === 'saved')
    await vi.waitFor(
      async () => expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('one\ntwo\n'),
      DEADLINE,
    )
  })
})
