import { createHash } from 'node:crypto'

import type { FactTable } from '../port/scan.ts'
import { lasts } from './copy.ts'
import type { CopySide } from './copy.ts'
import { FACT_TABLES } from './rules.ts'

/** What ends while the rows are read is in neither count. */
const MARGIN_MS = 60 * 60_000
/** Named in a report. */
const NAMED_MAX = 10
const HASH_BYTES = 16
const MODULUS = 2n ** BigInt(HASH_BYTES * 8)

export interface TableReport {
  readonly table: FactTable
  readonly rows: number
  /** Of the other one. */
  readonly otherRows: number
  /** Rows that only one of them has, at most 10, as JSON; empty where both have the same. */
  readonly different: readonly string[]
}

/** Reads everything of both, row by row, and compares; and the bytes of blobs with their hash. */
export async function* compareDatabases(a: CopySide, b: CopySide): AsyncGenerator<TableReport> {
  const thenMs = Date.now() + MARGIN_MS
  for (const table of FACT_TABLES) {
    const [ours, theirs] = [await sum(a, table, thenMs), await sum(b, table, thenMs)]
    const same = ours.rows === theirs.rows && ours.digest === theirs.digest
    const different = same ? [] : await differences(a, b, table, thenMs)
    const damaged = table === 'blobs' ? await damagedBlobs(b) : []
    yield {
      table,
      rows: ours.rows,
      otherRows: theirs.rows,
      different: [...different, ...damaged].slice(0, NAMED_MAX),
    }
  }
}

/** The number of rows and the sum of their hashes, which is the same in any order. */
async function sum(
  side: CopySide,
  table: FactTable,
  thenMs: number,
): Promise<{ rows: number; digest: bigint }> {
  let rows = 0
  let digest = 0n
  for await (const text of texts(side, table, thenMs)) {
    const hash = createHash('sha256').update(text).digest().subarray(0, HASH_BYTES)
    rows++
    digest = (digest + BigInt(`0x${hash.toString('hex')}`)) % MODULUS
  }
  return { rows, digest }
}

async function differences(
  a: CopySide,
  b: CopySide,
  table: FactTable,
  thenMs: number,
): Promise<string[]> {
  const left = new Set<string>()
  for await (const text of texts(a, table, thenMs)) left.add(text)
  const onlyInB: string[] = []
  for await (const text of texts(b, table, thenMs)) {
    if (!left.delete(text)) onlyInB.push(`only in the other one: ${text}`)
  }
  return [...[...left].map((text) => `only in the first: ${text}`), ...onlyInB]
}

async function* texts(side: CopySide, table: FactTable, thenMs: number): AsyncGenerator<string> {
  for await (const page of side.scanner[table](undefined)) {
    for (const row of page.rows) {
      if (lasts(table, row, thenMs)) yield canonical(row)
    }
  }
}

/** The same text for the same facts: keys in order, none that holds nothing. */
function canonical(row: object): string {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined)
  return JSON.stringify(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))))
}

async function damagedBlobs(side: CopySide): Promise<string[]> {
  const damaged: string[] = []
  for await (const { rows } of side.scanner.blobs(undefined)) {
    for (const { sha256 } of rows) {
      const hash = createHash('sha256')
      for await (const chunk of side.database.blobs.read(sha256)) hash.update(chunk)
      if (hash.digest('hex') !== sha256) damaged.push(`damaged: ${sha256}`)
    }
  }
  return damaged
}
