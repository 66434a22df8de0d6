import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { DocumentEditor } from '../../support/document-editor.ts'
import {
  commandFile,
  openTestApi,
  type Ran,
  run,
  salvusDoc,
  type TestApi,
} from '../../support/project-api.ts'

type Doc = (args: string, input?: string | Uint8Array) => Promise<Ran>

async function project(files: Record<string, string> = {}): Promise<{ api: TestApi; doc: Doc }> {
  const api = await openTestApi()
  onTestFinished(() => api[Symbol.asyncDispose]())
  for (const [name, text] of Object.entries(files)) await writeFile(join(api.dir, name), text)
  const doc: Doc = (args, input) =>
    salvusDoc(args.split(' '), { cwd: api.dir, ...(input === undefined ? {} : { input }) })
  return { api, doc }
}

const done = (out: string): Ran => ({ code: 0, out, err: '' })

test('what a program made of an older revision and what a person typed since are both kept', async () => {
  const { api, doc } = await project({ 'a.txt': 'one\ntwo\nthree\n' })
  const ann = await DocumentEditor.open(api.documents, 'a.txt', { id: 1 })
  const { out: revision } = await doc('revision a.txt')
  ann.type('zero\n', { at: 0 })
  ann.type('four\n')
  await ann.acknowledged()
  const wrote = await doc(
    `write a.txt --revision ${revision.trim()} --name robot`,
    'one\nTWO\nthree\n',
  )
  expect(wrote).toMatchObject({ code: 0, err: '' })
  const text = 'zero\none\nTWO\nthree\nfour\n'
  await ann.until(() => ann.text === text)
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe(text)
  expect(await doc('read a.txt')).toEqual(done(text))
  expect(await doc(`read a.txt --revision ${revision.trim()}`)).toEqual(done('one\ntwo\nthree\n'))
  const { versions } = JSON.parse((await doc('history a.txt --json')).out)
  // Of one minute or of two: they are told by the minutes of the clock.
  const authors = versions.flatMap((version: { authors: { name: string }[] }) => version.authors)
  expect(authors.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['robot (program)', 'person 1']),
  )
  expect((await doc('blame a.txt')).out).toMatch(/^robot \(program\) +TWO$/m)
})

test('two programs that write from one revision are merged', async () => {
  const { doc } = await project({ 'a.txt': 'one\ntwo\nthree\n' })
  const revision = (await doc('revision a.txt')).out.trim()
  const [a, b] = await Promise.all([
    doc(`write a.txt --revision ${revision}`, 'ONE\ntwo\nthree\n'),
    doc(`write a.txt --revision ${revision}`, 'one\ntwo\nTHREE\n'),
  ])
  expect([a.code, b.code]).toEqual([0, 0])
  expect(await doc('read a.txt')).toEqual(done('ONE\ntwo\nTHREE\n'))
})

test('a file that is not there is made, by write and by append', async () => {
  const { api, doc } = await project()
  expect(await doc('write new.txt', 'made\n')).toMatchObject({ code: 0, err: '' })
  expect(await readFile(join(api.dir, 'new.txt'), 'utf8')).toBe('made\n')
  await doc('append log.txt', 'x')
  await doc('append log.txt', 'y\n')
  expect(await readFile(join(api.dir, 'log.txt'), 'utf8')).toBe('xy\n')
  const again = await doc('write new.txt', 'anew\n')
  expect(again).toMatchObject({ code: 1, out: '' })
  expect(again.err).toMatch(/exists.*revision/)
  expect(await readFile(join(api.dir, 'new.txt'), 'utf8')).toBe('made\n')
})

test('edit puts the text through a program, and changes nothing where that fails', async () => {
  const { api, doc } = await project({ 'a.txt': 'teh cat\n' })
  expect(await doc('edit a.txt -- sed s/teh/the/')).toMatchObject({ code: 0, err: '' })
  expect(await doc('read a.txt')).toEqual(done('the cat\n'))
  const failed = await doc('edit a.txt -- false')
  expect(failed.code).toBe(1)
  expect(failed.err).toContain('nothing is changed')
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('the cat\n')
})

test('bytes stay as they are: CRLF, a byte order mark, no final line break', async () => {
  const { api, doc } = await project({ 'a.txt': '\uFEFFone\r\ntwo\r\n' })
  expect(await doc('read a.txt')).toEqual(done('\uFEFFone\r\ntwo\r\n'))
  expect((await doc('edit a.txt -- sed s/two/2/')).code).toBe(0)
  expect((await doc('append a.txt', 'three\r\nend')).code).toBe(0)
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('\uFEFFone\r\n2\r\nthree\r\nend')
})

test('restore makes the document what it was', async () => {
  const { doc } = await project({ 'a.txt': 'before\n' })
  const revision = (await doc('revision a.txt')).out.trim()
  await doc('append a.txt', 'after\n')
  expect((await doc(`restore a.txt --revision ${revision}`)).code).toBe(0)
  expect(await doc('read a.txt')).toEqual(done('before\n'))
})

test('a worksheet is read and written as its file, and append gives it a cell', async () => {
  const { doc } = await project({ 'w.sagews': '' })
  expect((await doc('append w.sagews', '1+1\n')).code).toBe(0)
  const { out } = await doc('read w.sagews')
  expect(out).toMatch(/\uFE20[0-9a-f-]{36}\w*\uFE20\n1\+1\n$/)
  expect((await doc('edit w.sagews -- sed s/1+1/2+2/')).code).toBe(0)
  expect(await doc('read w.sagews')).toEqual(done(out.replace('1+1', '2+2')))
})

test('four processes that append a hundred lines lose none', async () => {
  const { api, doc } = await project({ 'log.txt': '' })
  const loop = 'for i in $(seq 25); do echo "$0 $i" | node "$1" doc append log.txt; done'
  const program = await commandFile()
  const ran = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => run('sh', ['-c', loop, name, program], { cwd: api.dir })),
  )
  expect(ran).toEqual(ran.map(({ out }) => ({ code: 0, out, err: '' })))
  const lines = (await doc('read log.txt')).out.split('\n')
  expect(lines.pop()).toBe('')
  const expected = ['a', 'b', 'c', 'd'].flatMap((name) =>
    Array.from({ length: 25 }, (_, index) => `${name} ${index + 1}`),
  )
  expect(lines.toSorted()).toEqual(expected.toSorted())
})

test('what is refused says why, and has its exit code', async () => {
  const { api, doc } = await project({ 'a.txt': 'one\n', 'b.bin': 'a\0b' })
  await chmod(join(api.dir, 'a.txt'), 0o644)
  await mkdir(join(api.dir, 'folder'))
  const refused = async (args: string, input?: string | Uint8Array) => {
    const { code, err, out } = await doc(args, input)
    expect(out).toBe('')
    return `${code} ${err.trim()}`
  }
  expect(await refused('read none.txt')).toMatch(/^1 salvus: not_found: /)
  expect(await refused('read ../x.txt')).toMatch(/^1 salvus: outside_project: /)
  expect(await refused('append ../x.txt', 'x')).toMatch(/^1 salvus: outside_project: /)
  expect(await refused('read /etc/passwd')).toMatch(/^1 salvus: outside_project: /)
  expect(await refused('read folder')).toMatch(/^1 salvus: not_a_file: /)
  expect(await refused('read b.bin')).toMatch(/^1 salvus: not_text: /)
  expect(await refused('append .salvus/api', 'x')).toMatch(/^1 salvus: forbidden: /)
  expect(await refused('append a.txt', Uint8Array.of(0xff))).toMatch(/^1 salvus: not_text: /)
  expect(await refused('append a.txt', 'a\0')).toMatch(/^1 salvus: not_text: /)
  expect(await refused('write a.txt --revision 1.1', 'x')).toMatch(/^3 salvus: conflict: /)
  expect(await refused('write a.txt --revision x', 'x')).toMatch(/^1 salvus: bad_value: revision/)
  expect(await refused('write none.txt --revision 1.1', 'x')).toMatch(/^1 salvus: not_found: /)
  expect(await refused('write none/x.txt', 'x')).toMatch(/^1 salvus: not_found: /)
  expect(await refused('paint a.txt')).toMatch(/^2 salvus: there is no/)
  expect(await refused('read')).toMatch(/^2 salvus: say which document/)
  expect(await readFile(join(api.dir, 'a.txt'), 'utf8')).toBe('one\n')
  await expect(stat(join(api.dir, 'none.txt'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('help says all of it', async () => {
  const { doc } = await project()
  const { code, out } = await doc('--help')
  expect(code).toBe(0)
  expect(out).toMatch(/^Usage: salvus doc/)
})

test('where there is no project, it says so', async () => {
  const { code, err } = await salvusDoc(['read', 'a.txt'], { cwd: '/' })
  expect([code, err]).toEqual([1, expect.stringContaining('this is no project of Salvus')])
})
