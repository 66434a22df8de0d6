import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { redo, undo } from '../../../src/sync/client-local.ts'
import { cellsOf, fieldOf, stringOf } from '../../../src/sync/document-state.ts'
import type { Tab } from '../../simulation/sync/world.ts'
import { act, move, pair, shown, type } from './pair.ts'

/** As an editor does: shows what the undo changed. */
function take(tab: Tab, back: typeof undo): boolean {
  const change = back(tab.client)
  for (const { part, changes } of change?.texts ?? []) {
    const text = tab.editors.get(part)
    if (text) tab.editors.set(part, changes.apply(text))
  }
  return change !== undefined
}

describe('undo', () => {
  test('case 18: [S26] it takes back one’s own change, and leaves what others typed around and inside it', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'XY' })
    move(world)
    type(bert, { from: 2, insert: '-' })
    type(bert, { from: 0, insert: '>' })
    move(world)
    take(anna, undo)
    move(world)
    expect(shown(world)).toEqual(['>a-b', '>a-b', '>a-b'])
    take(anna, redo)
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    expect([...(shown(world)[0] ?? '')].toSorted().join('')).toBe('->XYab')
  })

  test('[S26] steps come back one after another, joined ones together', () => {
    const { world, anna } = pair('')
    type(anna, { from: 0, insert: 'a' })
    type(anna, { from: 1, insert: 'b' }, 'join')
    type(anna, { from: 2, insert: 'c' })
    expect(take(anna, undo)).toBe(true)
    move(world)
    expect(shown(world)[2]).toBe('ab')
    expect([take(anna, undo), take(anna, undo)]).toEqual([true, false])
    move(world)
    expect(shown(world)).toEqual(['', '', ''])
    expect([take(anna, redo), take(anna, redo), take(anna, redo)]).toEqual([true, true, false])
    move(world)
    expect(shown(world)).toEqual(['abc', 'abc', 'abc'])
  })

  test('[S26] a deleted cell comes back with its text and fields', () => {
    const { world, anna, bert } = pair('')
    act(anna, [
      ['i', 'cells', 'k', ''],
      ['f', 'k.hidden', true],
    ])
    move(world)
    act(bert, [['d', 'cells', 'k']])
    move(world)
    take(bert, undo)
    move(world)
    expect(cellsOf(anna.client.view, 'cells')).toEqual(['k'])
    expect(fieldOf(anna.client.view, 'k.hidden')).toBe(true)
  })

  test('[S26] a field that somebody set later is left alone', () => {
    const { world, anna, bert } = pair('')
    act(anna, [['f', 'title', 1]])
    move(world)
    act(bert, [['f', 'title', 2]])
    move(world)
    take(anna, undo)
    move(world)
    expect(fieldOf(world.owner.state, 'title')).toBe(2)
    expect(stringOf(world.owner.state, '')).toBe('')
  })

  test('[S26] a cell that somebody typed in stays when its making is taken back, without what its maker typed', () => {
    const { world, anna, bert } = pair('')
    act(anna, [
      ['i', 'cells', 'k', ''],
      ['t', 'k.input', ChangeSet.of({ from: 0, insert: 'anna' }, 0)],
    ])
    move(world)
    act(bert, [['t', 'k.input', ChangeSet.of({ from: 4, insert: 'bert' }, 4)]])
    move(world)
    take(anna, undo)
    move(world)
    expect(cellsOf(bert.client.view, 'cells')).toEqual(['k'])
    expect(stringOf(bert.client.view, 'k.input')).toBe('bert')
  })

  test('[S26] what two people deleted is not made again in pieces', () => {
    const { world, anna, bert } = pair('')
    act(anna, [
      ['i', 'cells', 'k', ''],
      ['t', 'k.input', ChangeSet.of({ from: 0, insert: 'anna' }, 0)],
    ])
    move(world)
    act(anna, [['d', 'cells', 'k']])
    act(bert, [['d', 'cells', 'k']])
    move(world)
    expect(take(anna, undo)).toBe(true)
    move(world)
    expect(cellsOf(world.owner.state, 'cells')).toEqual([])
  })

  test('[S26] an editor follows a cell that is deleted and made again in one message', () => {
    const { world, anna, bert } = pair('')
    act(anna, [
      ['i', 'cells', 'k', ''],
      ['t', 'k.input', ChangeSet.of({ from: 0, insert: 'anna' }, 0)],
    ])
    move(world)
    act(anna, [['d', 'cells', 'k']])
    world.flush(anna)
    take(anna, undo)
    world.flush(anna)
    move(world)
    expect(bert.editors.get('k.input')?.sliceString(0)).toBe('anna')
  })
})

describe('undo across connections', () => {
  test('case 18: [S26] it survives a reconnect and another owner, and leaves what others typed meanwhile', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'XY' })
    move(world)
    world.drop(anna)
    type(anna, { from: 2, insert: '!' })
    type(bert, { from: 0, insert: '>' })
    type(bert, { from: 3, insert: '-' })
    move(world)
    world.crash()
    world.settle()
    expect(new Set(shown(world)).size).toBe(1)
    expect([take(anna, undo), take(anna, undo)]).toEqual([true, true])
    move(world)
    expect(shown(world)).toEqual(['>a-b', '>a-b', '>a-b'])
    expect([take(anna, redo), take(anna, redo), take(anna, redo)]).toEqual([true, true, false])
    move(world)
    expect([...(shown(world)[0] ?? '')].toSorted().join('')).toBe('!->XYab')
  })

  test('[S34] after a refusal what was refused is not undone again, and what was taken still is', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'X' })
    move(world)
    anna.canEdit = false
    type(anna, { from: 0, insert: 'refused' })
    type(bert, { from: 3, insert: '!' })
    move(world)
    move(world)
    expect(shown(world)).toEqual(['aXb!', 'aXb!', 'aXb!'])
    anna.canEdit = true
    take(anna, undo)
    take(anna, undo)
    move(world)
    expect(shown(world)).toEqual(['ab!', 'ab!', 'ab!'])
  })
})
