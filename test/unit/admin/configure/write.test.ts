import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { GeneratedFile } from '../../../../src/admin/configure/file.ts'
import { GENERATED, applyChanges, compareWith } from '../../../../src/admin/configure/write.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

function files(...given: readonly GeneratedFile[]): readonly GeneratedFile[] {
  const paths = [...given.map(({ path }) => path), GENERATED]
  return [...given, { path: GENERATED, text: `${paths.join('\n')}\n` }]
}

test('only what has changed is told and written, and what was generated before and is no longer goes', async () => {
  const folder = await temporaryDirectory()
  const first = files({ path: 'a/one', text: '1\n' }, { path: 'two', text: '2\n' })
  applyChanges(folder, first, compareWith(folder, first))
  expect(compareWith(folder, first)).toEqual([])
  writeFileSync(join(folder, 'mine'), 'not generated')

  const second = files({ path: 'a/one', text: 'one\n' })
  const changes = compareWith(folder, second)
  expect(changes).toEqual([
    { path: 'a/one', kind: 'changed', shown: ['- 1', '+ one'] },
    { path: GENERATED, kind: 'changed', shown: ['  a/one', '- two', '  generated.txt'] },
    { path: 'two', kind: 'gone', shown: ['(no longer needed)'] },
  ])
  applyChanges(folder, second, changes)
  expect(readFileSync(join(folder, 'a/one'), 'utf8')).toBe('one\n')
  expect(readdirSync(folder).sort()).toEqual(['a', 'generated.txt', 'mine'])
})

test('a secret, old or new, is never shown, and nobody else can read its file', async () => {
  const folder = await temporaryDirectory()
  const first = files({ path: 'key', text: 'old-secret\n', secret: true })
  const made = compareWith(folder, first)
  applyChanges(folder, first, made)
  expect(statSync(join(folder, 'key')).mode & 0o777).toBe(0o600)
  const second = files({ path: 'key', text: 'new-secret\n', secret: true })
  const shown = JSON.stringify([made, compareWith(folder, second)])
  expect(shown).toContain('holds a secret')
  expect(shown).not.toContain('-secret')
})

test('a list of generated files that leads out of the folder removes nothing there', async () => {
  const folder = await temporaryDirectory()
  const outside = join(await temporaryDirectory(), 'precious')
  writeFileSync(outside, '')
  writeFileSync(join(folder, GENERATED), `${outside}\n../../${outside}\n`)
  const empty = files()
  applyChanges(folder, empty, compareWith(folder, empty))
  expect(existsSync(outside)).toBe(true)
})
