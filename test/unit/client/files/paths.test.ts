import { expect, it } from 'vitest'

import {
  crumbsOf,
  folderOf,
  freeName,
  joinPath,
  nameOf,
  nameProblem,
} from '../../../../src/client/files/paths.ts'
import { sortEntries } from '../../../../src/client/files/sort-entries.ts'
import type { FileEntry } from '../../../../src/messages/files.ts'

it('takes paths apart and together', () => {
  expect([joinPath('', 'a'), joinPath('a/b', 'c')]).toEqual(['a', 'a/b/c'])
  expect([folderOf('a/b/c'), folderOf('a'), nameOf('a/b/c'), nameOf('a')]).toEqual([
    'a/b',
    '',
    'c',
    'a',
  ])
  expect(crumbsOf('a/b')).toEqual([
    { name: 'a', path: 'a' },
    { name: 'b', path: 'a/b' },
  ])
})

it('finds a free name', () => {
  expect(freeName('notes', '.md', new Set())).toBe('notes.md')
  expect(freeName('notes', '.md', new Set(['notes.md', 'notes-2.md']))).toBe('notes-3.md')
})

it('says what is wrong with a name', () => {
  expect(nameProblem('ok.md')).toBeUndefined()
  expect(nameProblem(' ')).toBe('A name is needed.')
  expect(nameProblem('..')).toContain('“..”')
  expect(nameProblem('ä'.repeat(128))).toContain('255 bytes')
})

it('sorts folders first, then as asked, and shows hidden files only where they are wanted', () => {
  const entry = (name: string, kind: FileEntry['kind'], sizeBytes: number): FileEntry => ({
    name,
    kind,
    sizeBytes,
    modifiedMs: sizeBytes,
    writable: true,
  })
  const entries = [
    entry('b10', 'file', 1),
    entry('b9', 'file', 5),
    entry('z', 'directory', 0),
    entry('.hidden', 'file', 9),
  ]
  const names = (order: 'name' | 'size', hidden: boolean, search = ''): string[] =>
    sortEntries(entries, order, { hidden, search }).map(({ name }) => name)
  expect(names('name', false)).toEqual(['z', 'b9', 'b10'])
  expect(names('size', true)).toEqual(['z', '.hidden', 'b9', 'b10'])
  expect(names('name', false, '10')).toEqual(['b10'])
})
