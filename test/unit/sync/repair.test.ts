import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { createClient, pendingCount } from '../../../src/sync/client.ts'
import {
  connect,
  dismissRescued,
  exportUnsent,
  flush,
  importUnsent,
  redo,
  undo,
} from '../../../src/sync/client-local.ts'
import { trimHistory } from '../../../src/sync/commit.ts'
import {
  cellsOf,
  fieldOf,
  stateOfText,
  stringOf,
  textOf,
} from '../../../src/sync/document-state.ts'
import type { JournalRecord } from '../../../src/sync/journal-record.ts'
import {
  beginTerm,
  createOwner,
  openingRecords,
  restoreOwner,
} from '../../../src/sync/open-owner.ts'
import { encodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import type { Tab, World } from '../../simulation/sync/world.ts'
import { act, move, pair, shown, type } from './pair.ts'

/** The process dies, and the journal has lost all items after this version. A new term begins. */
function loseAfter(world: World, v: number, term: number): void {
  world.journal = world.journal.filter((record) => !('v' in record) || record.v <= v)
  world.crash()
  world.journal.push(beginTerm(world.owner, { term, at: 1, reason: 'the tail was lost' }))
}

/** The store is empty; the document is made of this text anew. */
function loseAll(world: World, text: string, term: number): void {
  for (const tab of world.tabs) world.drop(tab)
  world.owner = createOwner({ term, state: stateOfText(text) })
  world.journal = [...openingRecords(world.owner, 0)]
}

function come(world: World, ...tabs: readonly Tab[]): void {
  for (const tab of tabs) world.connect(tab)
  move(world)
  move(world)
}

/** A page is closed, and another finds what it had not sent. */
function reload(world: World, tab: Tab): void {
  const kept = JSON.parse(JSON.stringify(exportUnsent(tab.client)))
  world.drop(tab)
  tab.client = createClient(kept.sid)
  importUnsent(tab.client, kept)
  tab.editors = new Map()
}

describe('a version that is shared', () => {
  test('[S28] on a dead branch each keeps its own, committed and unsent, and what another typed there is its own matter', () => {
    const { world, anna, bert } = pair('one two')
    type(anna, { from: 3, insert: ' A' })
    move(world)
    type(bert, { from: 0, insert: 'B ' })
    move(world)
    type(anna, { from: 0, insert: '>' })
    world.flush(anna)
    type(anna, { from: 1, insert: '!' })
    loseAfter(world, 0, 2)
    come(world, anna)
    expect(shown(world)[2]).toBe('>!one A two')
    expect(stringOf(anna.client.view, '')).toBe('>!one A two')
    come(world, bert)
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[0]).toMatch(/^(B >!|>!B )one A two$/)
    expect(anna.rescued).toEqual([])
  })

  test('[S28] the newest shared version is found, also where the owner had several lives', () => {
    const { world, anna, bert } = pair('')
    type(anna, { from: 0, insert: '1' })
    move(world)
    type(bert, { from: 1, insert: '2' })
    move(world)
    loseAfter(world, 1, 2)
    come(world, anna, bert)
    type(anna, { from: 2, insert: '3' })
    move(world)
    world.drop(bert)
    type(bert, { from: 3, insert: '4' })
    loseAfter(world, 2, 3)
    come(world, anna, bert)
    expect(shown(world)).toEqual(['1243', '1243', '1243'])
    expect(world.owner.history.map((item) => item.term)).toEqual([1, 2, 3, 3])
  })

  test('[S28] a cell that somebody else made on the dead branch goes, and what was typed into it is given back', () => {
    const { world, anna, bert } = pair('')
    act(bert, [['i', 'cells', 'k', '']])
    move(world)
    world.drop(bert)
    act(anna, [['f', 'title', 'T']])
    move(world)
    loseAfter(world, 0, 2)
    come(world, anna)
    expect([cellsOf(anna.client.view, 'cells'), fieldOf(world.owner.state, 'title')]).toEqual([
      [],
      'T',
    ])
    come(world, bert)
    expect(cellsOf(anna.client.view, 'cells')).toEqual(['k'])
  })

  test('[S28] a lost tail that nobody suspected is noticed by who knows more versions', () => {
    const { world, anna, bert } = pair('')
    for (const [tab, insert] of [
      [anna, 'a'],
      [bert, 'b'],
      [anna, 'c'],
    ] as const) {
      type(tab, { from: 0, insert })
      move(world)
    }
    world.journal = world.journal.filter((record) => !('v' in record) || record.v <= 1)
    world.crash()
    come(world, anna, bert)
    expect(new Set(shown(world)).size).toBe(1)
    expect([...(shown(world)[0] ?? '')].toSorted()).toEqual(['a', 'b', 'c'])
    expect(restoreOwner(world.journal).term).toBe(2)
  })

  test('[S28] an answer that is lost on the way doubles nothing', () => {
    const { world, anna } = pair('')
    type(anna, { from: 0, insert: 'abc' })
    move(world)
    loseAfter(world, 0, 2)
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    world.deliverDown(anna)
    world.deliverUp(anna)
    world.turn()
    world.drop(anna)
    expect(world.owner.head).toBe(1)
    world.settle()
    expect(shown(world)[0]).toBe('abc')
    expect(world.owner.head).toBe(1)
  })
})

describe('a patch', () => {
  const TEXT =
    'The quick brown fox jumps over the lazy dog. It does so every day, and never tires.\n'

  test('[S29] who comes when its base left the history finds its place by what stood around', () => {
    const { world, anna, bert } = pair(TEXT)
    world.drop(anna)
    type(anna, { from: 10, to: 15, insert: 'red' })
    act(anna, [['i', 'cells', 'k', '']])
    act(anna, [['f', 'k.hidden', true]])
    for (const insert of ['1', '2', '3']) {
      type(bert, { from: 0, insert })
      move(world)
    }
    trimHistory(world.owner, 1)
    world.settle()
    expect(shown(world)[2]).toBe(`321${TEXT.replace('brown', 'red')}`)
    expect(new Set(shown(world)).size).toBe(1)
    expect(fieldOf(world.owner.state, 'k.hidden')).toBe(true)
    expect(anna.updates.map((update) => update.repaired).filter(Boolean)).toEqual([
      { changes: 1, unplaced: 0 },
    ])
  })

  test('[S29] a text whose surroundings were typed anew is near enough, and one without a place is given back', () => {
    const { world, anna, bert } = pair(`${TEXT}${'x'.repeat(100)}`)
    world.drop(anna)
    type(anna, { from: 44, insert: ' Really.' })
    type(anna, { from: 150, insert: 'lost' })
    type(bert, { from: TEXT.length, to: TEXT.length + 100 })
    type(bert, { from: 40, to: 43, insert: 'cat' })
    move(world)
    type(bert, { from: 0, insert: '-' })
    move(world)
    trimHistory(world.owner, 0)
    world.settle()
    expect(shown(world)[2]).toBe(`-${TEXT.replace('dog.', 'cat. Really.')}`)
    expect(anna.rescued).toEqual(['lost'])
  })

  test('[S30] a patch that is sent again is taken once, also by the next owner', () => {
    const { world, anna, bert } = pair(TEXT)
    world.drop(anna)
    type(anna, { from: 10, insert: 'very ' })
    type(bert, { from: 0, insert: '1' })
    move(world)
    trimHistory(world.owner, 0)
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    world.deliverDown(anna)
    world.deliverUp(anna)
    world.turn()
    expect(stringOf(world.owner.state, '')).toBe(`1${TEXT.replace('brown', 'very brown')}`)
    world.journal = compacted(world)
    world.crash()
    trimHistory(world.owner, 0)
    world.settle()
    expect(shown(world)).toEqual(Array(3).fill(`1${TEXT.replace('brown', 'very brown')}`))
  })

  test('[S30] where the store was deleted, what the file lacks is added and nothing is doubled', () => {
    const { world, anna, bert } = pair(TEXT)
    type(anna, { from: 10, insert: 'huge ' })
    type(bert, { from: 0, insert: 'Look: ' })
    move(world)
    type(anna, { from: 45, insert: 'unsent' })
    // The file has Anna's first change, nobody was told so.
    loseAll(world, TEXT.replace('brown', 'huge brown'), 9)
    world.settle()
    expect(new Set(shown(world)).size).toBe(1)
    const text = shown(world)[0] ?? ''
    for (const piece of ['Look: ', 'huge ', 'unsent']) expect(text.split(piece).length).toBe(2)
  })

  test('[S15] a new page whose version left the history commits what an older one kept', () => {
    const { world, anna, bert } = pair(TEXT)
    type(anna, { from: 10, insert: 'very ' })
    reload(world, anna)
    type(bert, { from: 0, insert: '1' })
    move(world)
    trimHistory(world.owner, 0)
    expect(pendingCount(anna.client)).toBe(1)
    world.settle()
    expect(shown(world)).toEqual(Array(3).fill(`1${TEXT.replace('brown', 'very brown')}`))
    expect(pendingCount(anna.client)).toBe(0)
  })

  test('[S15] a page that is closed while it repairs leaves what it had to the next', () => {
    const { world, anna, bert } = pair(TEXT)
    world.drop(anna)
    type(anna, { from: 10, insert: 'very ' })
    type(bert, { from: 0, insert: '1' })
    move(world)
    trimHistory(world.owner, 0)
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    world.deliverDown(anna)
    type(anna, { from: 10, insert: 'very, ' })
    reload(world, anna)
    world.settle()
    expect(shown(world)).toEqual(Array(3).fill(`1${TEXT.replace('brown', 'very, very brown')}`))
  })

  test('[S34] typing goes on while a page joins again, and its undo too', () => {
    const { world, anna, bert } = pair(TEXT)
    type(anna, { from: 10, insert: 'very ' })
    move(world)
    world.drop(anna)
    type(anna, { from: 0, insert: '#' })
    type(bert, { from: 4, insert: 'really ' })
    move(world)
    trimHistory(world.owner, 0)
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    world.deliverDown(anna)
    type(anna, { from: 1, insert: '!' })
    move(world)
    const expected = `#!${TEXT.replace('quick', 'really quick').replace('brown', 'very brown')}`
    expect(shown(world)).toEqual([expected, expected, expected])
    for (let step = 0; step < 3; step++) back(anna, undo)
    move(world)
    expect(shown(world)).toEqual(Array(3).fill(TEXT.replace('quick', 'really quick')))
    for (let step = 0; step < 3; step++) back(anna, redo)
    move(world)
    expect(shown(world)).toEqual([expected, expected, expected])
  })
})

describe('a divergence', () => {
  test('[S32] the sum of the next change finds it, both variants are kept, and typing goes on', () => {
    const { world, anna, bert } = pair('one two three')
    const wrong = stateOfText('one two thr33')
    anna.client.base = anna.client.view = wrong
    anna.client.sum++
    anna.editors.set('', textOf(wrong, ''))
    type(anna, { from: 3, insert: ' A' })
    type(bert, { from: 0, insert: '>' })
    move(world)
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[2]).toBe('>one A two three')
    expect(anna.updates.flatMap((update) => update.diverged)).toEqual([
      { part: '', mine: '>one A two thr33', theirs: '>one A two three' },
    ])
    expect(world.divergences).toMatchObject([{ by: { sid: 's0' }, texts: [{ part: '' }] }])
    type(anna, { from: 0, insert: 'still ' })
    move(world)
    expect(shown(world)).toEqual(Array(3).fill('still >one A two three'))
  })
})

describe('rescued pieces', () => {
  test('[S33] a page that was closed gets its piece with the next one, until it is dismissed', () => {
    const { world, anna, bert } = pair('')
    act(anna, [['i', 'cells', 'k', '']])
    move(world)
    act(anna, [['t', 'k.input', ChangeSet.of({ from: 0, insert: 'typed' }, 0)]])
    world.flush(anna)
    act(bert, [['d', 'cells', 'k']])
    world.flush(bert)
    world.deliverUp(bert)
    world.deliverUp(anna)
    world.turn()
    world.drop(anna)
    world.journal = compacted(world)
    world.crash()
    const next = world.addTab(createClient('next'))
    Object.assign(next, { name: anna.name })
    come(world, next)
    const [piece] = next.updates.flatMap((update) => update.rescued)
    expect(piece).toMatchObject({ part: 'k.input', text: 'typed' })
    world.give(bert, encodeClientMessage({ kind: 'dismiss', id: piece?.id ?? '' }))
    expect(world.owner.rescued.size).toBe(1)
    const bytes = dismissRescued(next.client, piece?.id ?? '')
    if (bytes) world.give(next, bytes)
    world.turn()
    expect(world.owner.rescued.size).toBe(0)
    expect(restoreOwner(world.journal).rescued.size).toBe(0)
  })
})

describe('an owner that knows nothing of a connection', () => {
  test('[S16] it asks for a resume, and the client goes on by itself', () => {
    const { world, anna, bert } = pair('ab')
    world.turn()
    // The document moved: the channels stay, the sessions are not known there.
    world.owner = restoreOwner(JSON.parse(JSON.stringify(world.journal)))
    type(anna, { from: 1, insert: 'X' })
    move(world)
    expect(shown(world)[0]).toBe('aXb')
    expect(shown(world)[2]).toBe('aXb')
    for (const bytes of [...connect(bert.client), ...flush(bert.client)]) world.give(bert, bytes)
    move(world)
    expect(shown(world)).toEqual(['aXb', 'aXb', 'aXb'])
  })

  test('[S16] presence, an acknowledgement or a check are answered so too', () => {
    const { world, anna } = pair('ab')
    world.owner = restoreOwner(JSON.parse(JSON.stringify(world.journal)))
    for (const message of [
      { kind: 'presence', data: null },
      { kind: 'ack', m: 0 },
      { kind: 'check', v: 0, hash: 1 },
    ] as const) {
      world.give(anna, encodeClientMessage(message))
      const kinds = world.turn().sends.map(({ bytes }) => decodeOwnerMessage(bytes)?.kind)
      expect(kinds).toEqual(['resend'])
    }
  })
})

/** The journal as one new segment: what is older is not read. */
function compacted(world: World): JournalRecord[] {
  return JSON.parse(JSON.stringify(openingRecords(world.owner, 5)))
}

function back(tab: Tab, take: typeof undo): void {
  const change = take(tab.client)
  for (const { part, changes } of change?.texts ?? []) {
    const text = tab.editors.get(part)
    if (text) tab.editors.set(part, changes.apply(text))
  }
}
