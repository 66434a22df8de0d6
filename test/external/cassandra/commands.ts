import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import type { CassandraAddress } from '../../../src/database/cassandra/client-options.ts'
import { openSqlite } from '../../../src/database/sqlite/open-sqlite.ts'
import { cassandraSettingsFile } from '../../support/cassandra.ts'
import { endCommands, startCommand } from '../../support/command.ts'
import { makeFakeClone } from '../../support/fake-dist.ts'
import type { FakeClone } from '../../support/fake-dist.ts'
import { fillDatabase } from '../../support/filled-database.ts'

/** What an operator types: `salvus schema` and `salvus database`. */
export function commandTests(reach: () => Promise<CassandraAddress>): void {
  describe('the command line', () => {
    let clone: FakeClone
    beforeAll(async () => {
      clone = await makeFakeClone()
    })
    afterAll(async () => {
      endCommands()
      await clone[Symbol.asyncDispose]()
    })
    const salvus = async (...args: string[]) => {
      const command = startCommand(clone.salvus, args)
      return { code: await command.exit(), output: command.output() }
    }

    it('makes the tables, copies an installation into them and back, and compares', async () => {
      await using conf = await cassandraSettingsFile(
        { ...(await reach()), keyspace: 'typed' },
        { username: 'salvus', password: "it's a 'secret'" },
      )
      const schema = (what: string, ...more: string[]) =>
        salvus('schema', what, '--config', conf.file, ...more)
      expect(await schema('status')).toMatchObject({
        code: 1,
        output: expect.stringContaining('password'),
      })
      const asFirstUser = ['--as', 'cassandra', '--password-file', conf.passwordFile]
      expect(await schema('apply', ...asFirstUser)).toMatchObject({ code: 0 })
      expect(await schema('apply')).toMatchObject({ code: 0 })
      expect(await schema('status')).toMatchObject({ code: 0 })

      const [old, back] = [join(clone.dir, 'old'), join(clone.dir, 'back')]
      mkdirSync(join(old, 'database'), { recursive: true })
      await using database = await openSqlite({
        file: join(old, 'database', 'salvus.sqlite'),
        workerFile: join(clone.dir, 'dist', 'database-worker.js'),
      })
      await fillDatabase(database, 3)
      const state = ['--state', join(clone.dir, 'copy.json')]
      const [sqlite, cassandra] = [`sqlite:${old}`, `cassandra:${conf.file}`]
      const copy = (from: string, to: string) =>
        salvus('database', 'copy', '--from', from, '--to', to, ...state)
      expect(await copy(sqlite, cassandra)).toMatchObject({
        code: 0,
        output: expect.stringMatching(/databases: the same \d+ rows in 16 tables/),
      })
      expect(await copy(sqlite, cassandra)).toMatchObject({
        code: 1,
        output: expect.stringContaining('holds accounts already'),
      })
      expect(await copy(cassandra, `sqlite:${back}`)).toMatchObject({ code: 0 })
      await database.accounts.create({
        accountId: 'later',
        name: '',
        email: '',
        emailVerified: false,
        admin: false,
        settings: '{}',
        passwordHash: '',
        passwordChangedMs: 1,
        createdMs: 1,
      })
      const compared = await salvus('database', 'compare', '--from', sqlite, '--to', cassandra)
      expect(compared).toMatchObject({ code: 1, output: expect.stringContaining('"later"') })
    })
  })
}
