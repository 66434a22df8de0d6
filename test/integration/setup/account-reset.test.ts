import { createHash, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { openSqlite } from '../../../src/database/sqlite/open-sqlite.ts'
import { endCommands, startCommand } from '../../support/command.ts'
import { makeFakeClone } from '../../support/fake-dist.ts'
import type { FakeClone } from '../../support/fake-dist.ts'

let clone: FakeClone
let dataDir: string
const accountId = randomUUID()

function open() {
  return openSqlite({
    file: join(dataDir, 'database', 'salvus.sqlite'),
    workerFile: join(clone.dir, 'dist', 'database-worker.js'),
  })
}

beforeAll(async () => {
  clone = await makeFakeClone()
  chmodSync(clone.dir, 0o755)
  dataDir = join(clone.dir, 'data')
  mkdirSync(join(dataDir, 'database'), { recursive: true })
  mkdirSync(join(dataDir, 'config'), { recursive: true })
  await using database = await open()
  await database.claims.claim('email', 'ada@example.com', accountId, 1)
  await database.accounts.create({
    accountId,
    name: 'Ada',
    email: 'Ada@example.com',
    emailVerified: true,
    admin: true,
    settings: '{}',
    passwordHash: 'none',
    passwordChangedMs: 1,
    createdMs: 1,
  })
})

afterAll(async () => {
  endCommands()
  await clone[Symbol.asyncDispose]()
})

test('prints a link whose token the database knows by its hash, for half an hour', async () => {
  const run = startCommand(clone.salvus, ['account', 'reset', 'ADA@example.com', '--data', dataDir])
  expect(await run.exit()).toBe(0)
  const [, base, token = ''] = /(http:\S+\/)reset-password#token=(\S+)/.exec(run.output()) ?? []
  expect(base).toBe('http://localhost:4280/')
  await using database = await open()
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const row = await database.tokens.get('reset_password', tokenHash)
  expect(row).toMatchObject({ data: accountId })
  expect((row?.expiresMs ?? 0) - (row?.createdMs ?? 0)).toBe(30 * 60_000)
})

test('an address without an account, and a folder without a database, are named', async () => {
  const unknown = startCommand(clone.salvus, [
    'account',
    'reset',
    'bob@example.com',
    '--data',
    dataDir,
  ])
  expect(await unknown.exit()).toBe(1)
  expect(unknown.output()).toContain('Nobody has an account with the address bob@example.com')
  const empty = join(clone.dir, 'empty')
  const nowhere = startCommand(clone.salvus, [
    'account',
    'reset',
    'bob@example.com',
    '--data',
    empty,
  ])
  expect(await nowhere.exit()).toBe(1)
  expect(nowhere.output()).toContain(`There is no database in ${empty}`)
})
