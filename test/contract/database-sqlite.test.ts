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
  await database.claims.claim('email', 'a@b.c', 'x', 1)
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
  await first.claims.claim('email', 'a@b.c', 'first', 1)
  expect(await second.claims.claim('email', 'a@b.c', 'second', 2)).toMatchObject({ owner: 'first' })
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await using again = await openTestDatabase(directory)
  expect(await again.claims.get('email', 'a@b.c')).toMatchObject({ owner: 'first' })
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

it('SQLite: removes what has expired when it is told the time', async () => {
  await using database = await openTestDatabase(await temporaryDirectory())
  const { sessions, tokens, attempts, mail } = database
  const session = { sessionId: 's', accountId: 'a', tokenHash: 't', browser: '', address: '' }
  await sessions.create({ ...session, createdMs: 1, lastUsedMs: 1, endsMs: 10 })
  const token = { purpose: 'set_up', tokenHash: 't', data: '' } as const
  await tokens.create({ ...token, createdMs: 1, expiresMs: 10 })
  await attempts.record({ key: 'k', attemptId: 'a', timeMs: 1, expiresMs: 10 })
  const letter = { mailId: 'm', createdMs: 1, to: 'a@b.c', subject: '', text: '', attempts: 1 }
  await mail.put({ ...letter, replyTo: undefined, helpRequestId: undefined, state: 'sent' })
  const left = async () => [
    await sessions.byToken('t'),
    await tokens.get('set_up', 't'),
    (await attempts.count('k', 0, 9)) === 0 ? undefined : 'attempt',
    await mail.get('m'),
  ]
  const remove = async (nowMs: number) => {
    await sessions.removeEnded(nowMs)
    await tokens.removeExpired(nowMs)
    await attempts.removeExpired(nowMs)
    await mail.removeSent(nowMs)
  }
  await remove(1)
  expect((await left()).filter((row) => row === undefined)).toEqual([])
  await remove(11)
  expect((await left()).filter((row) => row !== undefined)).toEqual([])
})
