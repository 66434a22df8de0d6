import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll } from 'vitest'

import { openTestSide } from '../support/sqlite.ts'
import { databaseCopyContract } from './database-copy.ts'

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function openSide() {
  const folder = await mkdtemp(join(tmpdir(), 'salvus-test-'))
  folders.push(folder)
  return openTestSide(folder)
}

databaseCopyContract('SQLite to SQLite', async () => ({
  from: await openSide(),
  to: await openSide(),
  back: await openSide(),
}))
