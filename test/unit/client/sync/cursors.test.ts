import { ChangeSet } from '@codemirror/state'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { CursorBook } from '../../../../src/client/sync/cursor-book.ts'
import { cursorJson, mapPlace, readCursor } from '../../../../src/client/sync/cursor-data.ts'
import type { CursorPlace } from '../../../../src/client/sync/cursor-data.ts'
import { CursorTeller } from '../../../../src/client/sync/cursor-teller.ts'
import type { ViewChange } from '../../../../src/sync/client.ts'
import type { Author } from '../../../../src/sync/messages.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const BOB: Author = { sid: 'bob', accountId: 'b', name: 'Bob' }
const LENGTH = 100

function at(head: number, more: CursorPlace['more'] = []): CursorPlace {
  return { part: '', anchor: head, head, more }
}

function insertion(from: number, insert: string, by?: Author): ViewChange {
  const changes = ChangeSet.of({ from, insert }, LENGTH, '\n')
  return { by, texts: [{ part: '', changes }], touched: [] }
}

describe('a cursor on the wire', () => {
  it('has all selections, and nothing that is no position', () => {
    const place = at(5, [{ anchor: 7, head: 9 }])
    expect(readCursor(cursorJson(place, 3, undefined))).toEqual({
      ...place,
      v: 3,
      client: undefined,
    })
    expect(readCursor({ part: '', anchor: 0, head: -1 })).toBeUndefined()
    expect(readCursor({ part: '', anchor: 0, head: 0, more: [[1], ['a', 2], 3, [4, 5]] })).toEqual({
      part: '',
      anchor: 0,
      head: 0,
      more: [{ anchor: 4, head: 5 }],
      v: 0,
      client: undefined,
    })
  })

  it('maps each selection, and one that holds text does not grow', () => {
    const place = { ...at(10, [{ anchor: 30, head: 20 }]), anchor: 5 }
    expect(mapPlace(place, insertion(20, 'xx'), -1)).toEqual({
      ...place,
      more: [{ anchor: 32, head: 22 }],
    })
    expect(mapPlace(place, insertion(30, 'xx'), -1)).toBe(place)
  })
})

describe('the book of cursors', () => {
  it('maps a told cursor over what its author had not seen', () => {
    const book = new CursorBook(() => [], Date.now)
    book.mapThrough(insertion(0, 'xxx', { ...BOB, sid: 'eve' }), 11)
    book.mapThrough(insertion(0, 'yy', BOB), 12)
    book.told(BOB, cursorJson(at(8), 10, undefined))
    expect(book.cursors.get()).toMatchObject([{ head: 11 }])
    book.told(BOB, cursorJson(at(8), 12, undefined))
    expect(book.cursors.get()).toMatchObject([{ head: 8 }])
  })

  it('moves a cursor with what its author types, as a move of theirs', () => {
    const book = new CursorBook(() => [], Date.now)
    book.told(BOB, cursorJson(at(8), 1, undefined))
    const [before] = book.cursors.get()
    vi.advanceTimersByTime(1500)
    book.mapThrough(insertion(8, 'z', BOB), 2)
    const [after] = book.cursors.get()
    expect(after?.head).toBe(9)
    expect(after?.moved).toBeGreaterThan(before?.moved ?? 0)
    book.mapThrough(insertion(9, 'z', { ...BOB, sid: 'eve' }), 3)
    expect(book.cursors.get()).toMatchObject([{ head: 9, moved: after?.moved }])
  })

  it('knows who is new', () => {
    const book = new CursorBook(() => [], Date.now)
    const told = [at(1), at(2), undefined, at(3)].map((place) =>
      book.told(BOB, place ? cursorJson(place, 1, undefined) : null),
    )
    expect(told).toEqual([true, false, false, true])
    expect(book.told({ ...BOB, sid: 'viewer' }, null)).toBe(true)
  })
})

describe('telling where this person is', () => {
  function tellerOf() {
    const told: (number | undefined)[] = []
    const load = { congested: false, connected: true }
    const teller = new CursorTeller({
      tell: (place) => {
        if (load.connected) told.push(place?.head)
        return load.connected
      },
      isCongested: () => load.congested,
    })
    teller.restart()
    vi.advanceTimersByTime(1000)
    told.length = 0
    return { teller, told, load }
  }

  it('tells at most ten places a second, the last one in any case', () => {
    const { teller, told } = tellerOf()
    for (let head = 0; head < 100; head++) {
      teller.set(at(head))
      vi.advanceTimersByTime(10)
    }
    vi.advanceTimersByTime(1000)
    expect(told.length).toBeLessThanOrEqual(11)
    expect([told[0], told.at(-1)]).toEqual([0, 99])
  })

  it('tells nothing that the others work out themselves from what is typed', () => {
    const { teller, told } = tellerOf()
    teller.set(at(8))
    vi.advanceTimersByTime(1000)
    for (let key = 0; key < 20; key++) {
      teller.mapThrough(insertion(8 + key, 'x'), true)
      teller.set(at(9 + key))
      teller.mapThrough(insertion(0, 'y', BOB), false)
      teller.mapThrough(
        { texts: [{ part: '', changes: ChangeSet.of({ from: 0, to: 1 }, 99) }] },
        false,
      )
      vi.advanceTimersByTime(200)
    }
    expect(told).toEqual([8])
  })

  it('leaves places out while changes wait, and tells the last when they do not', () => {
    const { teller, told, load } = tellerOf()
    load.congested = true
    for (let head = 0; head < 20; head++) {
      teller.set(at(head))
      vi.advanceTimersByTime(100)
    }
    expect(told).toEqual([])
    load.congested = false
    vi.advanceTimersByTime(200)
    expect(told).toEqual([19])
  })

  it('tells once more when somebody comes, and leaves no timer behind', () => {
    const { teller, told } = tellerOf()
    teller.set(at(8))
    for (let person = 0; person < 50; person++) teller.newcomer()
    vi.advanceTimersByTime(2000)
    expect(told).toEqual([8, 8])
    teller.newcomer()
    teller.set(at(9))
    teller.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
