import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { applyEdit, applyForeignEdit } from '../../../src/sync/apply.ts'
import { diffStates, diffTexts } from '../../../src/sync/diff.ts'
import { absorb, savedBase } from '../../../src/sync/disk.ts'
import { stateOfText, stringOf, toText } from '../../../src/sync/document-state.ts'
import { toEdit } from '../../../src/sync/edit.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { move, pair, shown, type } from './pair.ts'
import { START, randomEdit } from './random-edit.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\u{1F600}', '\u{1F601}', 'é') })

describe('diffs', () => {
  test('a diff makes the one text of the other and splits no surrogate pair', () => {
    const property = fc.property(letters, letters, (from, to) => {
      const changes = diffTexts(from, to)
      expect(changes.apply(toText(from)).sliceString(0)).toBe(to)
      expect(() => applyForeignEdit(stateOfText(from), [['t', '', changes]])).not.toThrow()
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('a diff makes the one document of the other, cells and outputs included', () => {
    const property = fc.property(fc.nat(100_000), fc.nat(100_000), (seedA, seedB) => {
      const a = applyEdit(START, randomEdit(START, seedA, 'A'))
      const b = applyEdit(START, randomEdit(START, seedB, 'B'))
      const made = applyEdit(a, diffStates(a, b))
      expect(withoutPlaces(made)).toEqual(withoutPlaces(b))
    })
    fc.assert(property, { numRuns: 300 })
  })
})

/** Cells in their order, without the places of deleted ones. */
function withoutPlaces(state: typeof START) {
  const json = stateToJson(state)
  const lists = json.lists.map(([list, cells]) => [
    list,
    cells.filter((cell) => typeof cell === 'string'),
  ])
  return { ...json, lists }
}

describe('the disk', () => {
  test('[S22] what an external tool wrote merges with what people typed since the save', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 0, insert: '>' })
    move(world)
    const absorbed = absorb(world.owner, bases, {
      state: stateOfText('one 2 three'),
      hash: 'h1',
      at: 1,
    })
    type(anna, { from: 1, insert: '>' })
    move(world)
    expect(shown(world)[0]).toBe('>>one 2 three')
    expect(absorbed?.record).toMatchObject({ k: 'saved', v: 2, hash: 'h1', base: 2 })
  })

  test('[S22] a tool that wrote from an older text than the last save takes nothing back', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 13, insert: ' four five six seven' })
    move(world)
    bases.push(savedBase(world.owner, 'h1'))
    const state = stateOfText('ONE two three')
    absorb(world.owner, bases, { state, hash: 'h2', at: 1 })
    move(world)
    expect(shown(world)[1]).toBe('ONE two three four five six seven')
  })

  test('[S22] a second foreign text is understood from the first, over the chain', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 0, insert: '>' })
    move(world)
    const first = { state: stateOfText('one two 3'), hash: 'h1', at: 1 }
    const absorbed = absorb(world.owner, bases, first)
    if (absorbed) bases.push(absorbed.base)
    absorb(world.owner, bases, { state: stateOfText('one 2 3'), hash: 'h2', at: 2 })
    move(world)
    expect(shown(world)[2]).toBe('>one 2 3')
  })

  test('[S22] an equal file is no change', () => {
    const { world } = pair('one')
    const bases = [savedBase(world.owner, 'h0')]
    const same = { state: stateOfText('one'), hash: 'h0', at: 1 }
    expect(absorb(world.owner, bases, same)?.changed).toBe(false)
    expect(world.owner.head).toBe(0)
  })

  test('[S22] a text of which nothing is left is replaced, however short an older base was', () => {
    const { world, anna } = pair('x')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 1, insert: ' and a long sentence that somebody typed' })
    move(world)
    bases.push(savedBase(world.owner, 'h1'))
    absorb(world.owner, bases, { state: stateOfText('HELLO'), hash: 'h2', at: 1 })
    move(world)
    expect(shown(world)[0]).toBe('HELLO')
  })

  test('[S22] an older text that is put back takes back what was typed since it was there', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 13, insert: ' four' })
    move(world)
    bases.push(savedBase(world.owner, 'h1'))
    const foreign = { state: stateOfText('one two three'), hash: 'h0', at: 1 }
    absorb(world.owner, bases, { ...foreign, putBack: true })
    move(world)
    expect(shown(world)[0]).toBe('one two three')
  })

  test('[S22] a program that replaces the text of another takes that back, and nothing typed', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 13, insert: ' typed' })
    move(world)
    // Another branch of git, and then one that is nearer to the first.
    const branch = { state: stateOfText('one two three of another branch'), hash: 'h1', at: 1 }
    const absorbed = absorb(world.owner, bases, branch)
    if (absorbed) bases.push(absorbed.base)
    absorb(world.owner, bases, { state: stateOfText('one two 3'), hash: 'h2', at: 2 })
    move(world)
    expect(shown(world)[0]).toBe('one two 3 typed')
  })

  test('[S22] a file that is emptied and written again is what was written, with what was typed', () => {
    const { world, anna } = pair('one two three four five')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 3, insert: '>' })
    move(world)
    const emptied = absorb(world.owner, bases, { state: stateOfText(''), hash: 'h1', at: 1 })
    if (emptied) bases.push(emptied.base)
    absorb(world.owner, bases, { state: stateOfText('one two three 4 five'), hash: 'h2', at: 2 })
    move(world)
    expect(shown(world)[0]).toBe('one> two three 4 five')
  })

  test('[S22] the record of a foreign text makes it again from the history', () => {
    const { world, anna } = pair('one two three')
    const bases = [savedBase(world.owner, 'h0')]
    type(anna, { from: 0, insert: '>' })
    move(world)
    const first = absorb(world.owner, bases, {
      state: stateOfText('one two 3'),
      hash: 'h1',
      at: 1,
    })
    if (first) bases.push(first.base)
    const second = absorb(world.owner, bases, { state: stateOfText('1 2 3'), hash: 'h2', at: 2 })
    const { change = [], chain = [] } = second?.record ?? {}
    const foreign = applyEdit(world.owner.state, toEdit(change))
    expect(stringOf(foreign, '')).toBe('1 2 3')
    const again = chain.reduce((state, edit) => applyEdit(state, toEdit(edit)), foreign)
    expect(stringOf(again, '')).toBe(stringOf(world.owner.state, ''))
  })
})
