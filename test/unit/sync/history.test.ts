import { ChangeSet, Text } from '@codemirror/state'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { applyEdit } from '../../../src/sync/apply.ts'
import { Attribution, START } from '../../../src/sync/attribution.ts'
import { TextBlame } from '../../../src/sync/blame.ts'
import { commitAs } from '../../../src/sync/commit.ts'
import { stateOfText, stringOf, textOf } from '../../../src/sync/document-state.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { historySegment, SegmentStates, sizeOf } from '../../../src/sync/history.ts'
import { compactRecords } from '../../../src/sync/history-compact.ts'
import { changePieces } from '../../../src/sync/history-pieces.ts'
import { onlyPart, restoredLines } from '../../../src/sync/history-restore.ts'
import type { ItemRecord, JournalRecord } from '../../../src/sync/journal-record.ts'
import { createOwner, openingRecords } from '../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../src/sync/outbox.ts'
import type { Owner } from '../../../src/sync/owner.ts'
import { replacements } from '../../../src/sync/replacements.ts'

/** A replacement somewhere: where it begins and ends, as shares of the text. */
const step = fc.record({
  from: fc.nat(1000),
  length: fc.nat(6),
  insert: fc.constantFrom('', 'a', 'bc', 'd\n', '\n', 'xyz\nw'),
  by: fc.constantFrom('ada', 'ben'),
})
interface Step {
  readonly from: number
  readonly length: number
  readonly insert: string
  readonly by: string
}

function changesOf(text: Text, { from, length, insert }: Step): ChangeSet {
  const at = text.length === 0 ? 0 : from % (text.length + 1)
  const to = Math.min(text.length, at + length)
  return ChangeSet.of({ from: at, to, insert }, text.length, '\n')
}

const BEGIN = 'one\ntwo\nthree\n'
const MINUTE_MS = 60_000

/** An owner that has made these steps, and the records of its one segment. */
function recorded(
  steps: readonly Step[],
  everyMs = 1000,
): { owner: Owner; records: JournalRecord[] } {
  const owner = createOwner({ term: 1, state: stateOfText(BEGIN) })
  const records = [...openingRecords(owner, 0)]
  steps.forEach((each, index) => {
    const changes = changesOf(textOf(owner.state, ''), each)
    const author = { sid: each.by, accountId: each.by, name: each.by }
    commitAs(owner, author, changes.empty ? [] : [['t', '', changes]], { at: index * everyMs })
    records.push(...takeTurn(owner).records)
  })
  return { owner, records }
}

const segmentOf = (records: readonly JournalRecord[]) =>
  historySegment(records) ?? expect.fail('a segment without a snapshot')

describe('the history of a document', () => {
  test('attributes each character to the change that inserted it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let text = Text.of(BEGIN.split('\n'))
        let naive = Array.from(BEGIN, () => START)
        const attribution = new Attribution(text.length, { keepDeleted: true })
        steps.forEach((each, index) => {
          const changes = changesOf(text, each)
          for (const { from, to, inserted } of replacements(changes)) {
            attribution.delete(from, to - from, index)
            attribution.insert(from, inserted.length, index)
            const insert = Array.from({ length: inserted.length }, () => index)
            naive = naive.toSpliced(from, to - from, ...insert)
          }
          text = changes.apply(text)
        })
        const runs = [...attribution.runs()]
        const visible = runs.filter((run) => run.deletedBy === undefined)
        expect(visible.flatMap((run) => Array(run.length).fill(run.origin))).toEqual(naive)
        const atStart = runs.filter((run) => run.origin === START)
        expect(atStart.reduce((sum, run) => sum + run.length, 0)).toBe(BEGIN.length)
      }),
    )
  })

  test('attributes thousands of characters as well as some', () => {
    const attribution = new Attribution(0, { keepDeleted: false })
    for (let n = 0; n < 5000; n++) attribution.insert((n * 7919) % (n + 1), 1, n)
    for (let n = 0; n < 4000; n++) attribution.delete((n * 104_729) % (5000 - n), 1, n)
    const runs = [...attribution.runs()]
    expect(runs.reduce((sum, run) => sum + run.length, 0)).toBe(1000)
    expect(new Set(runs.map((run) => run.origin)).size).toBe(1000)
  })

  test('blames each line on its last change', () => {
    const blame = new TextBlame(Text.of(BEGIN.split('\n')))
    const change = (from: number, to: number, insert: string, origin: number): void =>
      blame.apply(ChangeSet.of({ from, to, insert }, blame.text.length, '\n'), origin)
    change(4, 4, 'TWO ', 0)
    expect(blame.lines()).toEqual([
      { line: 1, count: 1, origin: START },
      { line: 2, count: 1, origin: 0 },
      { line: 3, count: 2, origin: START },
    ])
    // Something deleted in a line, and whole lines.
    change(13, 14, '', 1)
    expect(blame.text.toString()).toBe('one\nTWO two\nhree\n'.replace('hree', 'tree'))
    change(4, 12, '', 2)
    expect(blame.lines()).toEqual([
      { line: 1, count: 1, origin: START },
      { line: 2, count: 1, origin: 1 },
      { line: 3, count: 1, origin: START },
    ])
  })

  test('tells what was changed so that the earlier text can be made of the later', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const { owner, records } = recorded(steps)
        const segment = segmentOf(records)
        const states = new SegmentStates(segment)
        const pieces = changePieces(states.after(0), segment.items)
        let earlier = ''
        let at = 0
        const later = stringOf(owner.state, '')
        for (const { kind, offset, text } of pieces) {
          earlier += later.slice(at, offset)
          if (kind === 'deleted') earlier += text
          else expect(later.slice(offset, offset + text.length)).toBe(text)
          at = kind === 'deleted' ? offset : offset + text.length
        }
        expect(earlier + later.slice(at)).toBe(BEGIN)
      }),
    )
  })

  test('gives each version as it was', () => {
    const { owner, records } = recorded(
      Array.from({ length: 700 }, (_each, n) => ({
        from: n,
        length: n % 3,
        insert: 'ab',
        by: 'ada',
      })),
    )
    const segment = segmentOf(records)
    const states = new SegmentStates(segment)
    const last = states.after(segment.items.length)
    expect(stringOf(last, '')).toBe(stringOf(owner.state, ''))
    let text = stringOf(states.after(0), '')
    expect(text).toBe(BEGIN)
    segment.items.forEach((item, index) => {
      text = stringOf(applyEdit(stateOfText(text), editOfItem(item.change)), '')
      if (index % 97 === 0) expect(stringOf(states.after(index + 1), '')).toBe(text)
    })
  })
})

const editOfItem = (change: ItemRecord['c']): Edit =>
  change.flatMap((op): Edit =>
    op[0] === 't' ? [['t', op[1], ChangeSet.fromJSON(op[2])]] : expect.fail('no text'),
  )

describe('a compacted history', () => {
  test('ends at the same document, and says who and when to the minute', () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 50 }),
        fc.nat(20_000),
        (steps, everyMs) => {
          const { owner, records } = recorded(steps, everyMs)
          const compacted = segmentOf(compactRecords([records]))
          const before = segmentOf(records)
          const state = new SegmentStates(compacted).after(compacted.items.length)
          expect(stringOf(state, '')).toBe(stringOf(owner.state, ''))
          expect(compacted.to).toBe(before.to)
          for (const item of compacted.items) {
            const parts = before.items.filter((each) => each.v > item.from && each.v <= item.v)
            expect(new Set(parts.map((part) => part.author.name))).toEqual(
              new Set([item.author.name]),
            )
            const minutes = new Set(parts.map((part) => Math.floor(part.at / MINUTE_MS)))
            expect(minutes).toEqual(new Set([Math.floor(item.at / MINUTE_MS)]))
            expect([item.since, item.at]).toEqual([parts[0]?.since, parts.at(-1)?.at])
          }
        },
      ),
    )
  })

  test('merges what one author types, and the output of one run', () => {
    const typing = Array.from({ length: 59 }, (_each, n) => ({
      from: BEGIN.length + n,
      length: 0,
      insert: 'x',
      by: 'ada',
    }))
    const { records } = recorded(typing)
    const [item, ...more] = segmentOf(compactRecords([records])).items
    expect(more).toEqual([])
    expect(item).toMatchObject({ from: 0, v: 59, since: 0, at: 58_000 })
    expect(sizeOf(item?.change ?? [])).toEqual({ inserted: 59, deleted: 0 })
    const output = (v: number): ItemRecord => ({
      k: 'item',
      v,
      t: 1,
      by: 0,
      n: v,
      at: v,
      c: [['a', 'c.output', 'run', v, [`line ${v}`]]],
    })
    const [header, snapshot] = records
    const outputs = [header, snapshot, output(1), output(2)].filter((each) => each !== undefined)
    const compacted = segmentOf(compactRecords([outputs]))
    expect(compacted.items.map(({ change }) => change)).toEqual([
      [['a', 'c.output', 'run', 1, ['line 1', 'line 2']]],
    ])
  })

  test('is one segment of several, whose authors are numbered anew', () => {
    const first = recorded([{ from: 0, length: 0, insert: 'a', by: 'ada' }])
    const { owner } = first
    const second = [...openingRecords(owner, 1)]
    commitAs(
      owner,
      { sid: 'ben', accountId: 'ben', name: 'ben' },
      [['t', '', ChangeSet.of({ from: 0, insert: 'b' }, textOf(owner.state, '').length)]],
      { at: 2 },
    )
    second.push(...takeTurn(owner).records)
    const { items, from, to } = segmentOf(compactRecords([first.records, second]))
    expect({ from, to }).toEqual({ from: 0, to: 2 })
    expect(items.map(({ author }) => author.name)).toEqual(['ada', 'ben'])
  })
})

describe('a restore', () => {
  const restored = (now: string, earlier: string, from: number, to: number): string => {
    const text = Text.of(now.split('\n'))
    const changes = restoredLines(text, Text.of(earlier.split('\n')), { from, to })
    return changes.apply(text).toString()
  }

  test('of some lines leaves the others as they are', () => {
    const earlier = 'one\ntwo\nthree\n'
    expect(restored('ONE\nTWO\nTHREE\n', earlier, 2, 2)).toBe('ONE\ntwo\nTHREE\n')
    expect(restored('ONE\nTWO\nTHREE\n', earlier, 1, 3)).toBe(earlier)
    expect(restored('A\nB\n', earlier, 2, 2)).toBe('two\nA\nB\n')
    expect(restored('one\nnew\ntwo\nthree\n', earlier, 1, 3)).toBe(earlier)
    expect(restored('one\nnew\ntwo\nthree\n', earlier, 2, 2)).toBe('one\nnew\ntwo\nthree\n')
    expect(restored('one\nthree\n', earlier, 2, 2)).toBe(earlier)
    expect(restored('one\n', earlier, 2, 2)).toBe('one\ntwo\n')
    expect(restored('', earlier, 3, 9)).toBe('three\n')
    expect(restored('one\n', earlier, 9, 9)).toBe('one\n')
  })

  test('of one cell takes all its parts', () => {
    const edit: Edit = [
      ['i', 'cells', 'a', ''],
      ['f', 'a.auto', true],
      ['d', 'cells', 'b'],
      ['f', 'b.auto', true],
    ]
    expect(onlyPart(edit, 'a')).toEqual(edit.slice(0, 2))
    expect(onlyPart(edit, 'b.auto')).toEqual(edit.slice(3))
  })
})
