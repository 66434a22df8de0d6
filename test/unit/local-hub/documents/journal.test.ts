import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  countFrames,
  decodeRecords,
  FrameWriter,
} from '../../../../src/local-hub/documents/journal-frames.ts'
import { JournalFolder } from '../../../../src/local-hub/documents/journal-folder.ts'
import { asJson, fromJson } from '../../../../src/local-hub/documents/journal-records.ts'
import type { Json } from '../../../../src/sync/change.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const AT = new Date('2026-11-21T10:45:01Z')
const options = {
  onFlushError: (error: unknown): never => {
    throw error
  },
}
const frames = (...records: Json[]): Buffer => Buffer.from(new FrameWriter().write(records))
const snapshot = (v: number): Json => ({ k: 'snapshot', v, at: AT.getTime() })
const item = (v: number): Json => ({ k: 'item', v, at: AT.getTime() })

describe('records of a journal', () => {
  test('come back up to the first that is damaged or cut off', () => {
    const json = fc.jsonValue().filter((value) => value !== undefined)
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 5 }), fc.nat(), (values, at) => {
        const plain = JSON.parse(JSON.stringify(values)) as never[]
        const bytes = frames(...plain)
        expect(decodeRecords(bytes)).toEqual({ records: plain, wholeBytes: bytes.length })
        expect(countFrames(bytes)).toBe(plain.length)
        const cut = at % bytes.length
        const torn = decodeRecords(bytes.subarray(0, cut))
        expect(torn.records).toEqual(plain.slice(0, torn.records.length))
        expect(torn.wholeBytes).toBeLessThanOrEqual(cut)
        const damaged = Buffer.from(bytes)
        damaged[cut] = (damaged[cut] ?? 0) ^ 0x10
        const { records } = decodeRecords(damaged)
        expect(records.length).toBeLessThan(plain.length)
        expect(records).toEqual(plain.slice(0, records.length))
      }),
    )
  })

  test('of any length are written by one writer', () => {
    const writer = new FrameWriter()
    for (const length of [10, 100_000, 20_000, 1_000_000, 30]) {
      const records = [{ a: '\u{1F600}'.repeat(length) }, { b: 'ä'.repeat(length) }]
      expect(decodeRecords(Buffer.from(writer.write(records))).records).toEqual(records)
    }
  })
})

test('an item is written without the names of its fields, and comes back with them', () => {
  const plain = { k: 'item', v: 3, t: 1, by: 0, n: 2, at: 5, c: [['f', 'a', 1]] } as const
  const records = [plain, { ...plain, ms: 4 }, { ...plain, restored: 'ada' }] as const
  const json = asJson(records)
  expect(json[0]).toEqual([3, 1, 0, 2, 5, [['f', 'a', 1]]])
  expect(fromJson(json)).toEqual(records)
})

/** A journal with a segment at each of these versions, each with the items up to the next. */
async function journalAt(...versions: number[]): Promise<string> {
  const folder = join(await temporaryDirectory(), 'journal')
  const journal = new JournalFolder(folder, options)
  for (const v of versions) {
    journal.beginSegment(v, [snapshot(v)])
    journal.append(Array.from({ length: 10 }, (_each, n) => item(v + n + 1)))
  }
  await journal.close()
  return folder
}

const items = (from: number, to: number): Json[] =>
  Array.from({ length: to - from }, (_each, n) => item(from + n + 1))

const segmentsOf = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.journal'))

describe('a folder of segments', () => {
  test('none is no journal', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    expect(new JournalFolder(folder, options).resume(AT)).toMatchObject({
      records: [],
      segment: undefined,
      isCut: false,
    })
  })

  test('what is cut off at the end is put beside, told, and gone on without', async () => {
    const folder = await journalAt(0)
    const file = join(folder, segmentsOf(folder)[0] ?? '')
    const torn = frames(item(11), item(12)).subarray(0, -1)
    appendFileSync(file, torn)
    const journal = new JournalFolder(folder, options)
    const resumed = journal.resume(AT)
    expect(resumed).toMatchObject({
      records: [snapshot(0), ...items(0, 11)],
      isCut: true,
      lastVersion: 11,
    })
    expect(resumed.remarks).toEqual([
      expect.stringContaining(
        'was damaged: 1 record (45 bytes) after 2026-11-21T10:45:01.000Z could not be read',
      ),
    ])
    journal.append([item(12)])
    await journal.close()
    expect(decodeRecords(readFileSync(file)).records.at(-1)).toEqual(item(12))
    const aside = readdirSync(folder).find((name) => name.includes('.damaged-'))
    expect(aside).toBe('000000000000.journal.damaged-2026-11-21-104501')
    expect(readFileSync(join(folder, aside ?? ''))).toEqual(torn.subarray(-45))
    const again = new JournalFolder(folder, options)
    expect(again.resume(AT)).toMatchObject({ isCut: false, remarks: [] })
    await again.close()
  })

  test('gives the segments before the newest too, and one that the power took before it began is none', async () => {
    const folder = await journalAt(0, 10, 20, 30)
    writeFileSync(join(folder, '000000000040.journal'), '')
    writeFileSync(join(folder, '000000000050.journal.new'), 'x')
    const again = new JournalFolder(folder, options)
    const { records, isCut, remarks } = again.resume(AT)
    expect(records).toEqual([10, 20, 30].flatMap((v) => [snapshot(v), ...items(v, v + 10)]))
    expect({ isCut, remarks }).toEqual({ isCut: true, remarks: [] })
    await again.close()
    expect(segmentsOf(folder)).not.toContain('000000000040.journal')
  })

  test('a newest segment whose beginning is damaged is put beside', async () => {
    const folder = await journalAt(0, 10)
    const [, newest = ''] = segmentsOf(folder)
    const bytes = readFileSync(join(folder, newest))
    bytes[12] = (bytes[12] ?? 0) ^ 1
    writeFileSync(join(folder, newest), bytes)
    const again = new JournalFolder(folder, options)
    const { records, remarks } = again.resume(AT)
    expect(records).toEqual([snapshot(0), ...items(0, 10)])
    expect(remarks).toEqual([expect.stringContaining(`(${bytes.length} bytes) could not be read`)])
    await again.close()
    expect(segmentsOf(folder)).toEqual(['000000000000.journal'])
  })

  test('a segment further back that is damaged or missing is told, and the newer ones are enough', async () => {
    const folder = await journalAt(0, 10, 20)
    const [, middle = ''] = segmentsOf(folder)
    truncateSync(join(folder, middle), 100)
    const again = new JournalFolder(folder, options)
    const { records, remarks, isCut } = again.resume(AT)
    expect(records).toEqual([snapshot(20), ...items(20, 30)])
    expect(remarks).toEqual([expect.stringContaining('before version 20, is damaged')])
    expect(isCut).toBe(false)
    await again.close()
  })

  test('a file in its place is put aside', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    writeFileSync(folder, 'no folder')
    const journal = new JournalFolder(folder, options)
    expect(() => journal.resume(AT)).toThrow('ENOTDIR')
    journal.putAside(AT)
    journal.beginSegment(0, [snapshot(0)])
    await journal.close()
    expect(segmentsOf(folder)).toEqual(['000000000000.journal'])
  })
})

describe('bringing a journal to the disk', () => {
  test('waiters share a flush, and those that come while one runs share the next', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    const flushes: (() => void)[] = []
    const flushed = async (): Promise<void> => {
      while (flushes.length === 0) await Promise.resolve()
      flushes.shift()?.()
    }
    const journal = new JournalFolder(folder, {
      ...options,
      flushFile: () => new Promise((resolve) => flushes.push(resolve)),
    })
    journal.beginSegment(0, [snapshot(0)])
    const begun = journal.durable()
    // The file, and its name.
    await flushed()
    await flushed()
    await begun
    journal.append([item(1)])
    const first = journal.durable()
    expect(journal.durable()).toBe(first)
    while (flushes.length === 0) await Promise.resolve()
    journal.append([item(2)])
    const second = journal.durable()
    expect(second).not.toBe(first)
    await flushed()
    await first
    await flushed()
    await second
    expect(flushes).toEqual([])
    await journal.close()
  })

  test('after a flush has failed the segment is not trusted; a new one is', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    let broken = true
    const errors: unknown[] = []
    const journal = new JournalFolder(folder, {
      onFlushError: (error) => errors.push(error),
      flushFile: async () => {
        if (broken) throw Object.assign(new Error('EIO'), { code: 'EIO' })
      },
    })
    mkdirSync(folder)
    journal.beginSegment(0, [snapshot(0)])
    await expect(journal.durable()).rejects.toThrow('EIO')
    expect([journal.failed, errors.length]).toEqual([true, 1])
    broken = false
    journal.beginSegment(0, [snapshot(0)])
    expect(journal.failed).toBe(false)
    await journal.durable()
    await journal.close()
  })
})
