import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { DocumentJournal } from '../../../../src/local-hub/documents/document-journal.ts'
import { readBlame } from '../../../../src/local-hub/documents/history-blame.ts'
import { isCompactable } from '../../../../src/local-hub/documents/history-compactable.ts'
import { compactJournal } from '../../../../src/local-hub/documents/history-compaction.ts'
import { readChanges } from '../../../../src/local-hub/documents/history-changes.ts'
import { listVersions } from '../../../../src/local-hub/documents/history-list.ts'
import { HistoryReader } from '../../../../src/local-hub/documents/history-reader.ts'
import { readVersion } from '../../../../src/local-hub/documents/history-text.ts'
import { JournalFolder } from '../../../../src/local-hub/documents/journal-folder.ts'
import { listSegments, readSegment } from '../../../../src/local-hub/documents/journal-segments.ts'
import { HISTORY_PAGE_CHARACTERS } from '../../../../src/messages/limits.ts'
import { commitAs } from '../../../../src/sync/commit.ts'
import { stateOfText, textOf } from '../../../../src/sync/document-state.ts'
import { createOwner } from '../../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../../src/sync/outbox.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const SECOND_MS = 1000

/** A journal of six segments of 1,000 characters, typed one a second by two people in turns of ten. */
async function typedJournal(): Promise<string> {
  const folder = join(await temporaryDirectory(), 'journal')
  const sink = new JournalFolder(folder, { onFlushError: () => undefined })
  const journal = new DocumentJournal(sink, [])
  const owner = createOwner({ term: 1, state: stateOfText('') })
  const begin = (at: number): void =>
    journal.beginSegment(owner, { k: 'saved', v: owner.head, at, hash: '' }, at)
  begin(0)
  for (let n = 0; n < 6000; n++) {
    const name = n % 20 < 10 ? 'ada' : 'ben'
    const insert = n % 100 === 99 ? '\n' : name.slice(0, 1)
    const { length } = textOf(owner.state, '')
    const edit = [['t', '', ChangeSet.of({ from: length, insert }, length, '\n')]] as const
    commitAs(owner, { sid: name, accountId: name, name }, edit, { at: n * SECOND_MS })
    journal.append(takeTurn(owner).records)
    if (journal.length >= 1) begin(n * SECOND_MS)
  }
  await journal.close()
  return folder
}

const segmentsIn = (folder: string): string[] => readdirSync(folder).sort()

function age(folder: string, ms: number): void {
  const then = new Date(Date.now() - ms)
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), then, then)
}

const textAt = (folder: string, ask: { v?: number; atMs?: number }) =>
  readVersion(new HistoryReader(folder), 'a.txt', ask)

describe('a segment that is closed, and not among the newest three', () => {
  test('is packed byte for byte at once', async () => {
    const folder = await typedJournal()
    const plain = listSegments(folder).segments.map((segment) => readSegment(folder, segment))
    const texts = [0, 1, 999, 1000, 2345, 6000].map((v) => textAt(folder, { v }))
    expect(await isCompactable(folder, Date.now())).toBe(true)
    const saved = compactJournal(folder, Date.now())
    expect(saved.before / saved.after).toBeGreaterThan(4)
    expect(segmentsIn(folder)).toEqual([
      ...[0, 1, 2, 3].map((n) => `00000000${n}000.journal.br`),
      ...[4, 5, 6].map((n) => `00000000${n}000.journal`),
    ])
    const packed = listSegments(folder).segments.map((segment) => readSegment(folder, segment))
    expect(packed).toEqual(plain)
    expect([0, 1, 999, 1000, 2345, 6000].map((v) => textAt(folder, { v }))).toEqual(texts)
    expect(await isCompactable(folder, Date.now())).toBe(false)
    expect(compactJournal(folder, Date.now())).toEqual({ before: 0, after: 0 })
  })

  test('is as old as it was, and is merged with others when that is a day', async () => {
    const folder = await typedJournal()
    compactJournal(folder, Date.now())
    const before = listVersions(new HistoryReader(folder), { limit: 200 })
    age(folder, 2 * DAY_MS)
    compactJournal(folder, Date.now())
    expect(segmentsIn(folder)[0]).toBe('000000000000-000000004000.journal.gz')
    expect(listVersions(new HistoryReader(folder), { limit: 200 })).toEqual(before)
  })

  test('counts once where the machine went down while it was packed', async () => {
    const folder = await typedJournal()
    const name = '000000002000.journal'
    const bytes = readFileSync(join(folder, name))
    const before = listVersions(new HistoryReader(folder), { limit: 200 })
    compactJournal(folder, Date.now())
    writeFileSync(join(folder, name), bytes)
    writeFileSync(join(folder, '000000001000.journal.br.new'), 'x')
    expect(listVersions(new HistoryReader(folder), { limit: 200 })).toEqual(before)
    compactJournal(folder, Date.now())
    expect(segmentsIn(folder)).not.toContain(name)
  })

  test('is found by who read its name just before it was packed', async () => {
    const folder = await typedJournal()
    const [first] = listSegments(folder).segments
    if (first === undefined) throw new Error('no segment')
    const { records } = readSegment(folder, first)
    compactJournal(folder, Date.now())
    expect(readSegment(folder, first).records).toEqual(records)
  })

  test('is told where it was damaged, and read as far as it is whole', async () => {
    const folder = await typedJournal()
    compactJournal(folder, Date.now())
    const name = join(folder, '000000002000.journal.br')
    const bytes = readFileSync(name)
    for (const damaged of [
      bytes.subarray(0, bytes.length >> 1),
      Buffer.from(bytes).fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 20),
      Buffer.alloc(0),
      Buffer.from('no brotli at all, but something else'),
    ]) {
      writeFileSync(name, damaged)
      const reader = new HistoryReader(folder)
      const { remarks } = listVersions(reader, { limit: 200 })
      expect(remarks).toEqual([
        expect.stringMatching(/^The changes between versions 2\d\d\d and 3000 are missing/),
      ])
      expect(textAt(folder, { v: 3500 })).toMatchObject({ v: 3500, length: 3500 })
    }
  })

  test('is gone on from, with a segment of its own, where the newer ones are gone', async () => {
    const folder = await typedJournal()
    compactJournal(folder, Date.now())
    for (const v of [4, 5, 6]) rmSync(join(folder, `00000000${v}000.journal`))
    const sink = new JournalFolder(folder, { onFlushError: () => undefined })
    const { records, isCut, remarks, lastVersion } = sink.resume(new Date())
    expect({ first: records[0], isCut, lastVersion }).toMatchObject({
      first: { v: 1000 },
      isCut: true,
      lastVersion: 4000,
    })
    expect(remarks).toEqual([expect.stringContaining('is lost')])
    expect(new DocumentJournal(sink, records)).toMatchObject({ begun: false, failed: true })
    await sink.close()
  })
})

describe('a journal that is old', () => {
  test('is compacted but for its newest segments, and says the same', async () => {
    const folder = await typedJournal()
    expect(segmentsIn(folder)).toHaveLength(7)
    const reader = new HistoryReader(folder)
    const before = listVersions(reader, { limit: 200 })
    const blame = readBlame(reader, {}).lines.map(({ line, count, change }) => [
      line,
      count,
      change?.author.name,
    ])
    age(folder, 2 * DAY_MS)
    expect(await isCompactable(folder, Date.now())).toBe(true)
    const saved = compactJournal(folder, Date.now())
    expect(saved.before / saved.after).toBeGreaterThan(20)
    expect(segmentsIn(folder)).toEqual([
      '000000000000-000000004000.journal.gz',
      '000000004000.journal',
      '000000005000.journal',
      '000000006000.journal',
    ])
    const compacted = new HistoryReader(folder)
    const after = listVersions(compacted, { limit: 200 })
    expect(after).toEqual(before)
    const { lines } = readBlame(compacted, {})
    expect(lines.map(({ line, count, change }) => [line, count, change?.author.name])).toEqual(
      blame,
    )
    // Runs of ten: a version inside is answered by the end of the run before.
    expect(textAt(folder, { v: 2005 })).toMatchObject({ v: 2000, length: 2000 })
    expect(textAt(folder, { v: 2010 })).toMatchObject({ v: 2010, length: 2010 })
    expect(textAt(folder, { v: 4321 })).toMatchObject({ v: 4321, length: 4321 })
    expect(textAt(folder, { atMs: 3009 * SECOND_MS })).toMatchObject({ v: 3010 })
    const { pieces } = readChanges(compacted, { from: 0, to: 6000 })
    expect(pieces.reduce((sum, { length }) => sum + length, 0)).toBe(6000)
    const { records, lastVersion } = new JournalFolder(folder, {
      onFlushError: () => undefined,
    }).resume(new Date())
    expect({ first: records[0], lastVersion }).toMatchObject({
      first: { v: 4000 },
      lastVersion: 6000,
    })
  })

  test('whose compaction was cut short has each change once', async () => {
    const folder = await typedJournal()
    const name = '000000002000.journal'
    const bytes = readFileSync(join(folder, name))
    const before = listVersions(new HistoryReader(folder), { limit: 200 })
    age(folder, 2 * DAY_MS)
    compactJournal(folder, Date.now())
    writeFileSync(join(folder, name), bytes)
    expect(listVersions(new HistoryReader(folder), { limit: 200 })).toEqual(before)
    compactJournal(folder, Date.now())
    expect(segmentsIn(folder)).not.toContain(name)
  })
})

describe('a journal that is damaged', () => {
  test('is read as far as it is whole, and what is missing is told', async () => {
    const folder = await typedJournal()
    const name = join(folder, '000000002000.journal')
    const bytes = readFileSync(name)
    const at = Math.floor(bytes.length / 2)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(name, bytes)
    const reader = new HistoryReader(folder)
    const { versions, remarks } = listVersions(reader, { limit: 200 })
    expect(remarks).toEqual([
      expect.stringMatching(/between versions 2\d\d\d and 3000 are missing/),
    ])
    expect(versions.at(-1)?.from).toBe(0)
    expect(textAt(folder, { v: 2100 })).toMatchObject({ v: 2100, length: 2100 })
    expect(textAt(folder, { v: 3100 })).toMatchObject({ v: 3100, length: 3100 })
    expect(() => readChanges(reader, { from: 0, to: 6000 })).toThrow('missing in the history')
    const { lines } = readBlame(reader, {})
    expect(lines.some(({ change }) => change === null)).toBe(true)
    expect(lines.reduce((sum, { count }) => sum + count, 0)).toBe(61)
  })

  test('or lacks a segment is read around it', async () => {
    const folder = await typedJournal()
    rmSync(join(folder, '000000001000.journal'))
    const { remarks } = listVersions(new HistoryReader(folder), { limit: 200 })
    expect(remarks).toEqual(['The changes between versions 1000 and 2000 are missing.'])
    expect(textAt(folder, { v: 1500 })).toMatchObject({ v: 1000 })
  })
})

test('a long text comes in pages, none of which ends inside a character', async () => {
  const folder = join(await temporaryDirectory(), 'journal')
  const sink = new JournalFolder(folder, { onFlushError: () => undefined })
  const text = `x${'\u{1F600}'.repeat(HISTORY_PAGE_CHARACTERS)}`
  const owner = createOwner({ term: 1, state: stateOfText(text) })
  new DocumentJournal(sink, []).beginSegment(owner, { k: 'saved', v: 0, at: 0, hash: '' }, 0)
  await sink.close()
  let read = ''
  for (let offset: number | null = 0; offset !== null;) {
    const page = readVersion(new HistoryReader(folder), 'a.txt', { offset })
    expect(page.text).not.toMatch(/\p{Surrogate}/u)
    read += page.text
    offset = page.next
  }
  expect(read).toBe(text)
})
