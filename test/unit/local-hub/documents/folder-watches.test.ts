import { link, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, expect, test, vi } from 'vitest'

import {
  FolderWatches,
  type OpenWatcher,
} from '../../../../src/local-hub/documents/folder-watches.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const DEADLINE = { timeout: 20_000, interval: 10 }

let watches: FolderWatches | undefined

afterEach(() => watches?.close())

function watching(absolute: string, open?: OpenWatcher) {
  const errors: string[] = []
  const recovered: string[] = []
  watches = new FolderWatches({
    onError: (folder) => errors.push(folder),
    onRecovered: (folder) => recovered.push(folder),
    ...(open ? { open } : {}),
  })
  const changes = vi.fn()
  const stop = watches.watch(absolute, changes)
  const changed = async (): Promise<void> => {
    await vi.waitFor(() => expect(changes).toHaveBeenCalled(), DEADLINE)
    changes.mockClear()
  }
  return { watches, changes, changed, stop, errors, recovered }
}

test('a file that is written, replaced, removed and made again is told each time', async () => {
  const dir = await temporaryDirectory()
  const file = join(dir, 'a.txt')
  await writeFile(file, '1')
  const { changed } = watching(file)
  await writeFile(file, '2')
  await changed()
  await writeFile(join(dir, 'b'), '3')
  await rename(join(dir, 'b'), file)
  await changed()
  await rm(file)
  await changed()
  await writeFile(file, '4')
  await changed()
})

test('a folder that is removed and made again, with the folder above it, is watched on', async () => {
  const dir = await temporaryDirectory()
  const folder = join(dir, 'over', 'under')
  const file = join(folder, 'a.txt')
  await mkdir(folder, { recursive: true })
  await writeFile(file, '1')
  const { changed } = watching(file)
  await rm(join(dir, 'over'), { recursive: true })
  await changed()
  await mkdir(folder, { recursive: true })
  await writeFile(file, '2')
  await changed()
  await writeFile(file, '3')
  await changed()
})

test('what is written by another name of the file is told', async () => {
  const dir = await temporaryDirectory()
  const file = join(dir, 'a.txt')
  const other = join(await temporaryDirectory(), 'b.txt')
  await writeFile(file, '1')
  await link(file, other)
  const { changes } = watching(file)
  await vi.waitFor(async () => {
    await writeFile(other, 'changed')
    expect(changes).toHaveBeenCalled()
  }, DEADLINE)
})

test('a folder that can not be watched is told, and told again when it can', async () => {
  const dir = await temporaryDirectory()
  let full = true
  const open: OpenWatcher = () => {
    if (full) throw Object.assign(new Error('no more watches'), { code: 'ENOSPC' })
    return { close: () => undefined }
  }
  const file = join(dir, 'a.txt')
  await writeFile(file, '1')
  const { watches: all, errors, recovered } = watching(file, open)
  expect(errors).toEqual([dir])
  expect(all.isWatched(file)).toBe(false)
  all.retry(file)
  full = false
  all.retry(file)
  expect(recovered).toEqual([dir])
  expect(all.isWatched(file)).toBe(true)
})

test('nothing is told after the end', async () => {
  const dir = await temporaryDirectory()
  const file = join(dir, 'a.txt')
  await writeFile(file, '1')
  const { watches: all, changes, stop } = watching(file)
  const other = vi.fn()
  all.watch(join(dir, 'b.txt'), other)
  stop()
  await writeFile(file, '2')
  await writeFile(join(dir, 'b.txt'), '2')
  await vi.waitFor(() => expect(other).toHaveBeenCalled(), DEADLINE)
  expect(changes).not.toHaveBeenCalled()
})
