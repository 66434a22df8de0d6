import { readdir, stat } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, it } from 'vitest'

import { temporaryDirectory } from '../support/temporary-directory.ts'
import { openTestDatabase } from '../support/sqlite.ts'
import { databaseContract } from './database.ts'

const folder = await mkdtemp(join(tmpdir(), 'salvus-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

databaseContract('SQLite', () => openTestDatabase(folder))

it('SQLite: is read and written by its owner alone, also the files beside it', async () => {
  const directory = await temporaryDirectory()
  await using database = await openTestDatabase(directory)
  await database.claims.claim('email', 'a@b.c', 'x')
  const modes = await Promise.all(
    (await readdir(directory)).map(
      async (name) => (await stat(join(directory, name))).mode & 0o777,
    ),
  )
  expect(modes.length).toBeGreaterThan(1)
  expect(new Set(modes)).toEqual(new Set([0o600]))
})

it('SQLite: keeps what was answered when it is opened again, and two may open it', async () => {
  const directory = await temporaryDirectory()
  const [first, second] = await Promise.all([
    openTestDatabase(directory),
    openTestDatabase(directory),
  ])
  await first.claims.claim('email', 'a@b.c', 'first')
  expect(await second.claims.claim('email', 'a@b.c', 'second')).toBe('first')
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await using again = await openTestDatabase(directory)
  expect(await again.claims.ownerOf('email', 'a@b.c')).toBe('first')
})

it('SQLite: says database_away for a folder that is not there, and after it was closed', async () => {
  const directory = await temporaryDirectory()
  await expect(openTestDatabase(join(directory, 'absent'))).rejects.toMatchObject({
    code: 'database_away',
  })
  const database = await openTestDatabase(directory)
  await database[Symbol.asyncDispose]()
  await expect(database.ping()).rejects.toMatchObject({ code: 'database_away' })
})
