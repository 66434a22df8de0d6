import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decodeRecords, encodeRecord } from '../../../../src/local-hub/documents/journal-frames.ts'
import { JournalFolder } from '../../../../src/local-hub/documents/journal-folder.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const fail = (error: unknown): never => {
  throw error
}

describe('records of a journal', () => {
  test('come back up to the first that is damaged or cut off', () => {
    const json = fc.jsonValue().filter((value) => value !== undefined)
    fc.assert(
      fc.property(fc.array(json, { minLength: 1, maxLength: 5 }), fc.nat(), (values, at) => {
        const plain = JSON.parse(JSON.stringify(values)) as never[]
        const bytes = Buffer.concat(plain.map(encodeRecord))
        expect(decodeRecords(bytes)).toEqual({ records: plain, wholeBytes: bytes.length })
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
})

describe('a folder of segments', () => {
  test('goes on behind the last whole record', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    const first = new JournalFolder(folder, fail)
    expect(first.resume()).toEqual([])
    first.beginSegment(0, [{ k: 'snapshot' }])
    first.append([{ v: 1 }, { v: 2 }])
    await first.close()
    const [name] = readdirSync(folder)
    const file = join(folder, name ?? '')
    appendFileSync(file, encodeRecord({ v: 3 }).subarray(0, -1))
    const second = new JournalFolder(folder, fail)
    expect(second.resume()).toEqual([{ k: 'snapshot' }, { v: 1 }, { v: 2 }])
    second.append([{ v: 'three' }])
    await second.close()
    expect(decodeRecords(readFileSync(file)).records.at(-1)).toEqual({ v: 'three' })
  })

  test('gives the segments before the newest too, and one that never began is none', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    const journal = new JournalFolder(folder, fail)
    for (const v of [0, 10, 20, 30]) {
      journal.beginSegment(v, [{ snapshot: v }])
      journal.append([{ v }])
    }
    await journal.close()
    writeFileSync(join(folder, '000000000040.journal'), '')
    writeFileSync(join(folder, '000000000050.journal.new'), 'x')
    const again = new JournalFolder(folder, fail)
    expect(again.resume()).toEqual([10, 20, 30].flatMap((v) => [{ snapshot: v }, { v }]))
    await again.close()
  })

  test('keeps what is whole of a damaged segment', async () => {
    const folder = join(await temporaryDirectory(), 'journal')
    const journal = new JournalFolder(folder, fail)
    journal.beginSegment(0, [{ snapshot: 0 }])
    journal.append([{ v: 1 }])
    await journal.close()
    const [name] = readdirSync(folder)
    truncateSync(join(folder, name ?? ''), journal.segmentBytes - 1)
    const again = new JournalFolder(folder, fail)
    expect(again.resume()).toEqual([{ snapshot: 0 }])
    await again.close()
  })
})
