import { ChangeSet } from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { compose, invert, transform } from '../../../src/sync/algebra.ts'
import { applyEdit, buildState } from '../../../src/sync/apply.ts'
import type { DocumentState } from '../../../src/sync/document-state.ts'
import { cellsOf, fieldOf, stringOf, streamOf } from '../../../src/sync/document-state.ts'
import { toChange, toEdit } from '../../../src/sync/edit.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { stateFromJson, stateToJson } from '../../../src/sync/state-json.ts'
import { START, insertAt, randomEdit } from './random-edit.ts'

const seeds = fc.integer({ min: 0, max: 1_000_000 })
const RUNS = { numRuns: 500 }

/** Texts of parts that are there: what mapping must bring to the same, whatever the order. */
function texts(state: DocumentState) {
  return stateToJson(state).texts
}

function apply(state: DocumentState, ...edits: Edit[]): DocumentState {
  return edits.reduce(applyEdit, state)
}

function splice(from: number, to: number, insert: string, length: number): Edit {
  return [['t', '', ChangeSet.of({ from, to, insert }, length, '\n')]]
}

/** Ends with the incoming edit after the committed, by both ways, and says the text. */
function converges(text: string, edits: { incoming: Edit; committed: Edit }): string {
  const state = buildState([['t', '', insertAt(0, text, 0)]])
  const pair = transform(edits.incoming, edits.committed)
  const atOwner = apply(state, edits.committed, pair.incoming)
  const atClient = apply(state, edits.incoming, pair.committed)
  expect(texts(atClient)).toEqual(texts(atOwner))
  return stringOf(atOwner, '')
}

describe('laws', () => {
  test('[S2] mapping converges: committed then incoming is incoming then committed (TP1)', () => {
    const property = fc.property(seeds, seeds, (seedA, seedB) => {
      const incoming = randomEdit(START, seedA, 'A')
      const committed = randomEdit(START, seedB, 'B')
      const pair = transform(incoming, committed)
      const one = apply(START, committed, pair.incoming)
      const other = apply(START, incoming, pair.committed)
      const alive = new Set(cellsOf(one, 'cells'))
      const shared = texts(other).filter(
        ([part]) => part === '' || alive.has(part.split('.')[0] ?? ''),
      )
      expect(shared).toEqual(texts(one))
    })
    fc.assert(property, RUNS)
  })

  test('composing is applying one after the other', () => {
    const property = fc.property(seeds, seeds, (seedA, seedB) => {
      const a = randomEdit(START, seedA, 'A')
      const b = randomEdit(apply(START, a), seedB, 'B')
      expect(stateToJson(apply(START, compose(a, b)))).toEqual(stateToJson(apply(START, a, b)))
    })
    fc.assert(property, RUNS)
  })

  test('[S26] inverting gives the document back, with all but the output as it was', () => {
    const property = fc.property(seeds, (seed) => {
      const edit = randomEdit(START, seed, 'A')
      const back = apply(START, edit, invert(edit, START))
      expect(texts(back)).toEqual(texts(START))
      expect(stateToJson(back).fields).toEqual(stateToJson(START).fields)
      expect(cellsOf(back, 'cells')).toEqual(cellsOf(START, 'cells'))
    })
    fc.assert(property, RUNS)
  })

  test('a change and a document are the same after their JSON form', () => {
    const property = fc.property(seeds, (seed) => {
      const edit = randomEdit(START, seed, 'A')
      const change = JSON.parse(JSON.stringify(toChange(edit)))
      const after = stateToJson(apply(START, toEdit(change)))
      expect(after).toEqual(stateToJson(apply(START, edit)))
      expect(stateToJson(stateFromJson(JSON.parse(JSON.stringify(after))))).toEqual(after)
    })
    fc.assert(property, RUNS)
  })
})

describe('texts', () => {
  test('[S2] of two inserts at one place the one committed later stands left', () => {
    const edits = { incoming: splice(1, 1, 'X', 2), committed: splice(1, 1, 'Y', 2) }
    expect(converges('ab', edits)).toBe('aXYb')
  })

  test('[S2] an insert into a range that somebody deletes survives', () => {
    expect(
      converges('abcd', { incoming: splice(2, 2, 'X', 4), committed: splice(0, 4, '', 4) }),
    ).toBe('X')
    expect(
      converges('abcd', { incoming: splice(0, 4, '', 4), committed: splice(2, 2, 'X', 4) }),
    ).toBe('X')
  })

  test('[S2] a range that two delete is deleted once', () => {
    const edits = { incoming: splice(1, 3, '', 5), committed: splice(1, 4, '', 5) }
    expect(converges('abcde', edits)).toBe('ae')
  })

  test('[S2] when both replace one word, both replacements stand side by side', () => {
    const edits = { incoming: splice(0, 3, 'dog', 3), committed: splice(0, 3, 'cow', 3) }
    expect(converges('cat', edits)).toBe('dogcow')
  })

  test('[S1] CR, NUL, BOM, astral and right-to-left characters stay as they are', () => {
    const text = '\uFEFFa\r\nb\0\u{1F600}e\u0301\u05D0'
    const state = buildState([['t', '', insertAt(0, text, 0)]])
    expect(stringOf(stateFromJson(JSON.parse(JSON.stringify(stateToJson(state)))), '')).toBe(text)
  })
})

describe('cells, fields and streams', () => {
  test('[S3] what is inserted after a deleted cell comes where that was', () => {
    const state = apply(START, [['d', 'cells', 'b']], [['i', 'cells', 'n', 'b']])
    expect(cellsOf(state, 'cells')).toEqual(['a', 'n', 'c'])
  })

  test('[S3] a second insert or delete of a cell, and the move of a deleted one, are nothing', () => {
    const once = apply(START, [['d', 'cells', 'b']], [['i', 'cells', 'n', 'a']])
    const twice = apply(
      once,
      [['d', 'cells', 'b']],
      [['i', 'cells', 'n', 'c']],
      [['m', 'cells', 'b', '']],
    )
    expect(stateToJson(twice)).toEqual(stateToJson(once))
  })

  test('[S4] text typed into a cell that is deleted meanwhile is rescued, in either order', () => {
    const typing: Edit = [['t', 'a.input', insertAt(5, '23', 5)]]
    const deleting: Edit = [['d', 'cells', 'a']]
    expect(transform(typing, deleting).incoming).toEqual([['r', 'a.input', '23']])
    expect(transform(deleting, typing)).toEqual({
      incoming: [...deleting, ['r', 'a.input', '23']],
      committed: [],
    })
  })

  test('[S4] deleting a cell takes its parts along, and later fields and outputs of it are dropped', () => {
    const gone = apply(START, [['d', 'cells', 'b']])
    const later = apply(gone, [['f', 'b.run', 1]], [['c', 'b.output', 'r2']])
    expect(stateToJson(later)).toEqual(stateToJson(gone))
    expect(stateToJson(gone).texts.map(([part]) => part)).toEqual(['', 'a.input'])
  })

  test('[S5] a field has the last value, and null removes it', () => {
    const state = apply(START, [['f', 'a.hidden', 1]], [['f', 'title', { en: 'T' }]])
    expect([fieldOf(state, 'a.hidden'), fieldOf(state, 'title')]).toEqual([1, { en: 'T' }])
    expect(fieldOf(apply(state, [['f', 'title', null]]), 'title')).toBe(null)
  })

  test('[S6] a stream takes only new messages of its own run', () => {
    const state = apply(
      START,
      [['a', 'b.output', 'r1', 0, ['again', 'second']]],
      [['a', 'b.output', 'r0', 2, ['of an older run']]],
    )
    expect(streamOf(state, 'b.output')).toEqual({
      run: 'r1',
      next: 2,
      messages: [{ stdout: 'hello' }, 'second'],
    })
    const begun = apply(state, [['c', 'b.output', 'r2']])
    expect(streamOf(begun, 'b.output')).toEqual({ run: 'r2', next: 0, messages: [] })
  })
})
