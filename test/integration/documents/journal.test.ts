import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import { DocumentProcess } from '../../support/document-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

/** A project whose document `a.txt` was typed into by a process that was killed; and the folder of its journal. */
async function killedProject(): Promise<{ dir: string; folder: string }> {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), 'one\n')
  const host = await DocumentProcess.start(dir)
  const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
  for (const word of ['two\n', 'three\n', 'four\n']) ann.type(word)
  await ann.acknowledged()
  await host.kill()
  const history = join(dir, '.salvus', 'history')
  const [name] = await readdir(history)
  return { dir, folder: join(history, name ?? '') }
}

const newest = async (folder: string): Promise<string> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.journal')).sort()
  return join(folder, names.at(-1) ?? '')
}

describe('a journal that was damaged while nobody looked', () => {
  const damages: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
    'cut off in a record': async (folder) => {
      const bytes = await readFile(await newest(folder))
      await writeFile(await newest(folder), bytes.subarray(0, -3))
    },
    'with a wrong byte in the middle': async (folder) => {
      const bytes = await readFile(await newest(folder))
      const at = Math.floor((3 * bytes.length) / 4)
      bytes[at] = (bytes[at] ?? 0) ^ 0x20
      await writeFile(await newest(folder), bytes)
    },
    'with something behind it': async (folder) => appendFile(await newest(folder), 'garbage'),
    'with a wrong byte at the beginning': async (folder) => {
      const bytes = await readFile(await newest(folder))
      bytes[9] = (bytes[9] ?? 0) ^ 0x20
      await writeFile(await newest(folder), bytes)
    },
    'of records that don’t fit together': async (folder) => {
      const other = await killedProject()
      const name = (await readdir(folder))[0] ?? ''
      await rm(join(folder, name))
      await writeFile(join(folder, name), await readFile(await newest(other.folder)))
    },
    'whose folder is a file': async (folder) => {
      await rm(folder, { recursive: true })
      await writeFile(folder, 'no folder')
    },
  }
  for (const [kind, damage] of Object.entries(damages)) {
    test(`${kind}: the document opens, what is lost is said, and typing goes on`, async () => {
      const { dir, folder } = await killedProject()
      await damage(folder)
      await using documents = await openTestDocuments(dir)
      const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
      expect(ben.text.startsWith('one\n')).toBe(true)
      ben.type('five\n')
      await ben.acknowledged()
      await ben.until(() => ben.disk?.state === 'saved')
      expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe(ben.text)
      if (kind !== 'of records that don’t fit together') {
        expect(ben.remarks.join(' ')).toMatch(/history/)
      }
    })
  }

  test('an empty folder is no history', async () => {
    const { dir, folder } = await killedProject()
    await rm(folder, { recursive: true })
    await mkdir(folder)
    await using documents = await openTestDocuments(dir)
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    expect(ben.remarks).toEqual([])
    ben.type('five\n')
    await ben.acknowledged()
  })

  test('what is put aside is what was cut off', async () => {
    const { dir, folder } = await killedProject()
    await appendFile(await newest(folder), 'garbage')
    await using documents = await openTestDocuments(dir)
    const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
    const aside = (await readdir(folder)).find((name) => name.includes('.damaged-'))
    expect(await readFile(join(folder, aside ?? ''), 'utf8')).toBe('garbage')
    expect(ben.remarks).toEqual([expect.stringContaining('1 record (7 bytes)')])
    expect(ben.text).toBe('one\ntwo\nthree\nfour\n')
  })
})

test('where acknowledgements wait for the disk, people type as ever, and the page can say so', async () => {
  const dir = await temporaryDirectory()
  await writeFile(join(dir, 'a.txt'), '')
  await using documents = await openTestDocuments(dir, { durability: 'power' })
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  const ben = await DocumentEditor.open(documents, 'a.txt', { id: 2 })
  expect(await documents.open('a.txt', ann)).toMatchObject({ durability: 'power' })
  for (let n = 0; n < 100; n++) (n % 2 === 0 ? ann : ben).type('x')
  await Promise.all([ann.acknowledged(), ben.acknowledged()])
  await ann.until(() => ann.text.length === 100)
  expect(ann.problems).toEqual([])
})
