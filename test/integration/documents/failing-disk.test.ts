import { execFileSync, spawn } from 'node:child_process'
import { appendFile, chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, onTestFinished, test, vi } from 'vitest'

import type { ChannelId } from '../../../src/messages/ids.ts'
import { DocumentEditor } from '../../support/document-editor.ts'
import { DocumentProcess } from '../../support/document-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { openTestDocuments } from '../../support/test-documents.ts'

/** People are promised five seconds, of a machine that has not much else to do: of what is wrong, and of its end. */
const TOLD_MS = 30_000

/** Nobody else's tests use it: limits of the system are for each user. */
const OTHER_UID = 64_017

const isRoot = process.getuid?.() === 0

/** True where it could be done. */
function may(program: string, ...all: string[]): boolean {
  try {
    execFileSync(program, all, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A disk of its own under a folder. Undefined where we may not mount. */
async function mounted(folder: string, size: string): Promise<string | undefined> {
  await mkdir(folder)
  if (!isRoot || !may('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder))
    return undefined
  onTestFinished(() => void may('umount', '-l', folder))
  return folder
}

test('case 12: a disk that becomes read-only is told, and saved when it is over', async ({
  skip,
}) => {
  const dir = await temporaryDirectory()
  const disk = await mounted(join(dir, 'disk'), '1m')
  if (disk === undefined) return skip('a disk can be mounted by root only')
  await writeFile(join(disk, 'a.txt'), 'one\n')
  await using documents = await openTestDocuments(dir)
  const ann = await DocumentEditor.open(documents, 'disk/a.txt', { id: 1 })
  expect(may('mount', '-o', 'remount,ro', disk)).toBe(true)
  ann.type('two\n')
  await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
  expect(ann.disk?.message).toContain('read-only')
  await ann.acknowledged()
  expect(may('mount', '-o', 'remount,rw', disk)).toBe(true)
  await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
  expect(await readFile(join(disk, 'a.txt'), 'utf8')).toBe('one\ntwo\n')
})

test('case 12: a file that nobody may change is told, and saved when it may be', async ({
  skip,
}) => {
  const dir = await temporaryDirectory()
  const file = join(dir, 'a.txt')
  await writeFile(file, 'one\n')
  await using documents = await openTestDocuments(dir)
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  if (!isRoot || !may('chattr', '+i', file))
    return skip('a file can be made immutable by root only')
  onTestFinished(() => void may('chattr', '-i', file))
  ann.type('two\n')
  await ann.acknowledged()
  await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
  expect(may('chattr', '-i', file)).toBe(true)
  await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
  expect(await readFile(file, 'utf8')).toBe('one\ntwo\n')
})

test('case 12: a full disk with the journal on it: typed text waits in the page, and goes on by itself', async ({
  skip,
}) => {
  const dir = await temporaryDirectory()
  const disk = await mounted(join(dir, 'disk'), '1m')
  if (disk === undefined) return skip('a disk can be mounted by root only')
  await writeFile(join(disk, 'a.txt'), 'one\n')
  await using documents = await openTestDocuments(disk)
  const ann = await DocumentEditor.open(documents, 'a.txt', { id: 1 })
  await writeFile(join(disk, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => undefined)
  const typed = 'typed '.repeat(3_000)
  ann.type(typed)
  await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
  expect(ann.disk?.message).toContain('the disk is full')
  expect(ann.pending).toBe(1)
  await rm(join(disk, 'filler'))
  await ann.until(() => ann.pending === 0 && ann.disk?.state === 'saved', TOLD_MS)
  expect(await readFile(join(disk, 'a.txt'), 'utf8')).toBe(`one\n${typed}`)
  expect((await readdir(disk)).toSorted()).toEqual(['.salvus', 'a.txt'])
})

/** A project of another user, whom rights are kept from. */
async function projectOfAnother(): Promise<string> {
  const dir = await temporaryDirectory()
  await chmod(dir, 0o755)
  await mkdir(join(dir, 'p'))
  await writeFile(join(dir, 'p', 'a.txt'), 'one\n')
  execFileSync('chown', ['-R', String(OTHER_UID), join(dir, 'p')])
  return join(dir, 'p')
}

test.each([
  ['may not be read', 0o000],
  ['may not be written', 0o444],
])(
  'a file that %s any more is told, with what was typed kept, and saved when it may',
  async (_name, mode) => {
    if (!isRoot) return
    const dir = await projectOfAnother()
    const file = join(dir, 'a.txt')
    await using host = await DocumentProcess.start(dir, { uid: OTHER_UID })
    const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
    ann.type('two\n')
    await chmod(file, mode)
    await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
    expect(ann.disk?.message).toContain('permission denied')
    await ann.acknowledged()
    await chmod(file, 0o644)
    await ann.until(() => ann.disk?.state === 'saved', TOLD_MS)
    expect(await readFile(file, 'utf8')).toBe('one\ntwo\n')
  },
)

test('a file that becomes read-only while nobody types is told as that; what was on its way is kept', async () => {
  if (!isRoot) return
  const dir = await projectOfAnother()
  const file = join(dir, 'a.txt')
  await using host = await DocumentProcess.start(dir, { uid: OTHER_UID })
  const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
  await chmod(file, 0o444)
  await ann.until(() => ann.disk?.readOnly === true, TOLD_MS)
  ann.type('two\n')
  await ann.acknowledged()
  await ann.until(() => ann.disk?.state === 'failed', TOLD_MS)
  expect(await readFile(file, 'utf8')).toBe('one\n')
  await chmod(file, 0o644)
  await ann.until(() => ann.disk?.state === 'saved' && !ann.disk.readOnly, TOLD_MS)
  expect(await readFile(file, 'utf8')).toBe('one\ntwo\n')
})

function channelOf({ channel }: DocumentEditor): ChannelId {
  if (channel === undefined) throw new Error('the editor has no document open')
  return channel
}

/** Takes all that the system lets a user have, and says so. */
const TAKE_ALL_WATCHES = `
import ctypes, os, sys
os.setuid(${OTHER_UID})
libc = ctypes.CDLL(None)
taken = [libc.inotify_init() for _ in range(2000)]
assert taken[-1] < 0
print('taken', flush=True)
sys.stdin.read()
`

test('a folder that can not be watched is told; the file is compared at each save, and when a page asks', async ({
  skip,
}) => {
  if (!isRoot) return skip('another user is needed')
  const dir = await projectOfAnother()
  const taker = spawn('python3', ['-c', TAKE_ALL_WATCHES], { stdio: ['pipe', 'pipe', 'ignore'] })
  onTestFinished(() => void taker.kill())
  const ready = await new Promise<boolean>((resolve) => {
    taker.stdout.once('data', () => resolve(true))
    taker.once('exit', () => resolve(false))
    taker.once('error', () => resolve(false))
  })
  if (!ready) return skip('python3 is needed')
  await using host = await DocumentProcess.start(dir, { uid: OTHER_UID })
  const ann = await DocumentEditor.open(host, 'a.txt', { id: 1 })
  expect(ann.remarks.join(' ')).toContain('can’t watch more folders')
  await writeFile(join(dir, 'a.txt'), 'outside\none\n')
  ann.type('typed\n')
  await ann.until(() => ann.text === 'outside\none\ntyped\n')
  await vi.waitFor(
    async () => expect(await readFile(join(dir, 'a.txt'), 'utf8')).toBe('outside\none\ntyped\n'),
    { timeout: TOLD_MS },
  )
  await writeFile(join(dir, 'a.txt'), 'again\noutside\none\ntyped\n')
  taker.kill()
  await new Promise((resolve) => taker.once('exit', resolve))
  await host.compare(ann, channelOf(ann))
  await ann.until(() => ann.text.startsWith('again\n'), TOLD_MS)
  await ann.until(() => ann.remarks.join(' ').includes('at once again'), TOLD_MS)
  await appendFile(join(dir, 'a.txt'), 'told\n')
  await ann.until(() => ann.text.endsWith('told\n'), TOLD_MS)
})
