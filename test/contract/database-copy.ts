import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { copyDatabase } from '../../src/database/copy/copy.ts'
import type { CopySide, CopyState } from '../../src/database/copy/copy.ts'
import { FACT_TABLES } from '../../src/database/copy/rules.ts'
import { compareDatabases } from '../../src/database/copy/verify.ts'
import type { TableReport } from '../../src/database/copy/verify.ts'
import { fillDatabase } from '../support/filled-database.ts'

const ACCOUNTS = 12

class Interrupted extends Error {}

/** What copying an installation between two databases, both empty at first, must do. */
export function databaseCopyContract(
  name: string,
  open: () => Promise<{ readonly from: CopySide; readonly to: CopySide; readonly back: CopySide }>,
): void {
  describe(`copying ${name}`, () => {
    let sides: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      sides = await open()
      await fillDatabase(sides.from.database, ACCOUNTS)
    })
    afterAll(async () => {
      for (const side of Object.values(sides)) await side.database[Symbol.asyncDispose]()
    })

    it('brings every fact over, also where it was interrupted after each page', async () => {
      let state: CopyState = {}
      for (let tables = 0; tables < 10_000; tables++) {
        const saved = await pageOf(sides, state)
        if (saved === undefined) break
        state = saved
      }
      const reports = await compare(sides.from, sides.to)
      expect(reports.flatMap((report) => report.different)).toEqual([])
      expect(reports.map(({ table }) => table)).toEqual(FACT_TABLES)
      expect(reports.filter(({ rows, otherRows }) => rows === 0 || rows !== otherRows)).toEqual([])
    })

    it('and back, into a new one', async () => {
      await copyDatabase(sides.to, sides.back.database, {}, async () => undefined)
      const reports = await compare(sides.from, sides.back)
      expect(reports.flatMap((report) => report.different)).toEqual([])
    })

    it('finds a row that is different, one too many, and a blob that is damaged', async () => {
      const { from, back } = sides
      const [page] = await collect(from.scanner.accounts(undefined))
      const accountId = page?.rows[0]?.accountId ?? ''
      await back.database.accounts.update(accountId, { admin: true })
      await back.database.due.put({ kind: 'send_mail', id: 'more', dueMs: 5 })
      const row = { sha256: 'f'.repeat(64), contentType: 'x/y', sizeBytes: 1, createdMs: 1 }
      await back.database.blobs.put(row, Buffer.from('x'))
      const reports = await compare(from, back)
      const different = reports.filter((report) => report.different.length > 0)
      expect(different.map((report) => [report.table, report.different.length])).toEqual([
        ['accounts', 2],
        ['blobs', 2],
        ['due', 1],
      ])
    })

    it('refuses to overrule what somebody else claimed there', async () => {
      const { from, back } = sides
      const { claims } = from.database
      await claims.claim('email', 'both@example.org', 'ours', 1)
      await back.database.claims.claim('email', 'both@example.org', 'theirs', 1)
      await expect(
        copyDatabase(from, back.database, {}, async () => undefined),
      ).rejects.toMatchObject({ code: 'not_empty' })
    })
  })
}

/** Copies until the first state is saved, then stops as if killed; undefined at the end. */
async function pageOf(
  { from, to }: { readonly from: CopySide; readonly to: CopySide },
  state: CopyState,
): Promise<CopyState | undefined> {
  let saved: CopyState | undefined
  try {
    await copyDatabase(from, to.database, state, async (now) => {
      saved = now
      throw new Interrupted()
    })
    return undefined
  } catch (error) {
    if (error instanceof Interrupted) return saved
    throw error
  }
}

function compare(a: CopySide, b: CopySide): Promise<TableReport[]> {
  return collect(compareDatabases(a, b))
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
