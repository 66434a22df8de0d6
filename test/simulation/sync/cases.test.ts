import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { createClient } from '../../../src/sync/client.ts'
import {
  acknowledgement,
  check,
  exportUnsent,
  importUnsent,
  localChange,
  redo,
  undo,
} from '../../../src/sync/client-local.ts'
import { receiveAtClient } from '../../../src/sync/client-receive.ts'
import { commitAs, trimHistory } from '../../../src/sync/commit.ts'
import { stateOfText, streamOf, stringOf, textOf } from '../../../src/sync/document-state.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import { endRecovery } from '../../../src/sync/end-recovery.ts'
import { beginRecovery } from '../../../src/sync/recovery.ts'
import { viewChange } from '../../../src/sync/view-change.ts'
import { codeOf } from '../../../src/util/coded-error.ts'
import { randomOf } from './random.ts'
import { show, World } from './world.ts'
import type { Tab } from './world.ts'

/*
 * The twenty cases of the design that need no file system and no browser. The others, and these on the real thing:
 * test/integration/documents (4 to 7, 11 to 14), test/integration/sync and test/browser (1 to 3, 8 to 10, 15 to 20).
 */

function worldOf(text: string, tabs: number): { world: World; all: readonly Tab[] } {
  const world = new World(stateOfText(text), tabs)
  world.settle()
  return { world, all: world.tabs }
}

function act(tab: Tab, edit: Edit): void {
  const before = tab.client.view
  localChange(tab.client, edit, { undo: 'new' })
  show(tab, [viewChange(edit, undefined, before)])
}

function insert(tab: Tab, from: number, text: string, part = ''): void {
  act(tab, [
    ['t', part, ChangeSet.of({ from, insert: text }, textOf(tab.client.view, part).length)],
  ])
}

function take(tab: Tab, back: typeof undo): void {
  const change = back(tab.client)
  if (change) show(tab, [change])
}

/** What everybody has, which must be one text. */
function textOfAll(world: World, part = ''): string {
  const texts = new Set([
    stringOf(world.owner.state, part),
    ...world.tabs.map((tab) => stringOf(tab.client.view, part)),
    ...world.tabs.map((tab) => tab.editors.get(part)?.sliceString(0) ?? ''),
  ])
  expect([...texts]).toHaveLength(1)
  return [...texts][0] ?? ''
}

/** The owner takes the next message of a page, which takes all that comes of it. */
function answer(world: World, tab: Tab): void {
  world.deliverUp(tab)
  world.turn()
  while (tab.down.length > 0) world.deliverDown(tab)
}

function tabOf(world: World, index: number): Tab {
  const tab = world.tabs[index]
  if (!tab) throw new Error(`no tab ${index}`)
  return tab
}

test('case 1: the server restarts while a page sleeps with unsent edits', () => {
  const { world } = worldOf('text', 2)
  const [sleeper, other] = [tabOf(world, 0), tabOf(world, 1)]
  world.drop(sleeper)
  insert(sleeper, 4, ' of a sleeper')
  insert(other, 0, 'a ')
  world.flush(other)
  world.deliverUp(other)
  world.turn()
  world.crash()
  world.crash()
  world.settle()
  expect(textOfAll(world)).toBe('a text of a sleeper')
})

test('case 3: the journal lost its last items, and a connected page gives them back', () => {
  const { world } = worldOf('', 2)
  const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
  for (const character of 'kept lost') {
    insert(anna, textOf(anna.client.view, '').length, character)
    world.flush(anna)
    world.deliverUp(anna)
    world.turn()
    while (anna.down.length > 0) world.deliverDown(anna)
  }
  world.journal = world.journal.slice(0, -5)
  insert(bert, 0, 'b')
  world.crash()
  beginRecovery(world.owner)
  for (const tab of world.tabs) {
    world.connect(tab)
    while (tab.up.length > 0) world.deliverUp(tab)
  }
  world.turn()
  for (const tab of world.tabs) while (tab.down.length > 0) world.deliverDown(tab)
  for (const tab of world.tabs) while (tab.up.length > 0) world.deliverUp(tab)
  endRecovery(world.owner, { term: 2, at: 0, reason: 'the machine went down' })
  world.settle()
  expect([...textOfAll(world)].toSorted().join('')).toBe([...'bkept lost'].toSorted().join(''))
  expect(textOfAll(world)).toContain('kept lost')
})

test('case 3: the owner forgets old versions while a page that is behind them types', () => {
  const { world } = worldOf('abc', 2)
  const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
  for (let count = 0; count < 5; count++) {
    insert(bert, 0, 'X')
    world.flush(bert)
    world.deliverUp(bert)
    world.turn()
  }
  trimHistory(world.owner, 2)
  insert(anna, 3, '!')
  world.flush(anna)
  answer(world, anna)
  world.settle()
  expect(textOfAll(world)).toBe('XXXXXabc!')
  expect(anna.rescued).toEqual([])
})

describe('case 8: acknowledgements and frames', () => {
  test('case 8: an acknowledgement overtakes an edit on an older version', () => {
    const { world } = worldOf('abc', 2)
    const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
    insert(bert, 0, 'X')
    world.flush(bert)
    world.deliverUp(bert)
    world.turn()
    insert(anna, 3, '!')
    world.flush(anna)
    while (anna.down.length > 0) world.deliverDown(anna)
    const overtaking = acknowledgement(anna.client)
    if (!overtaking) throw new Error('nothing is to be acknowledged')
    world.give(anna, overtaking)
    answer(world, anna)
    world.settle()
    expect(textOfAll(world)).toBe('Xabc!')
    expect(anna.rescued).toEqual([])
  })

  test('case 8: an edit that was refused comes once more, after its page has joined again', () => {
    const { world } = worldOf('abc', 1)
    const anna = tabOf(world, 0)
    anna.canEdit = false
    insert(anna, 3, '!')
    world.flush(anna)
    const doubled = anna.up[0]
    if (!doubled) throw new Error('nothing is sent')
    world.deliverUp(anna)
    world.turn()
    world.deliverDown(anna)
    expect(anna.rescued).toEqual(['!'])
    anna.canEdit = true
    while (anna.up.length > 0) world.deliverUp(anna)
    world.give(anna, doubled)
    world.settle()
    expect(textOfAll(world)).toBe('abc')
  })

  for (const seed of [1, 2, 3, 4, 5])
    test(`case 8: lost, doubled, reordered and corrupted at every step (seed ${seed})`, () => {
      const random = randomOf(seed)
      const { world } = worldOf('', 2)
      const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
      const typed = Array.from({ length: 60 }, (_, index) => String.fromCodePoint(0x4e00 + index))
      for (const character of typed) {
        insert(anna, random.below(textOf(anna.client.view, '').length + 1), character)
        world.flush(anna)
        for (const queue of [anna.up, bert.down, anna.down]) spoil(queue, random)
        try {
          for (const tab of [anna, bert]) {
            while (tab.up.length > 0) world.deliverUp(tab)
            world.turn()
            while (tab.down.length > 0) world.deliverDown(tab)
          }
        } catch (error) {
          // What is no message ends the connection, and nothing else.
          expect(['bad_message', 'too_large']).toContain(codeOf(error))
          for (const tab of [anna, bert]) world.drop(tab)
        }
        if (random.chance(0.3)) for (const tab of [anna, bert]) world.connect(tab)
      }
      world.settle()
      expect([...textOfAll(world)].toSorted()).toEqual(typed)
    })
})

/** A frame is lost, doubled, swapped with the next, or cut. */
function spoil(queue: Uint8Array[], random: ReturnType<typeof randomOf>): void {
  const [first] = queue
  if (!first || random.chance(0.6)) return
  const kind = random.below(4)
  if (kind === 0) queue.shift()
  else if (kind === 1) queue.unshift(first)
  else if (kind === 2) queue.reverse()
  else queue[0] = first.subarray(0, random.below(first.length))
}

test('case 9: of two tabs of one person both closed with unsent edits, nothing is lost or doubled', () => {
  const { world } = worldOf('', 3)
  const [first, second] = [tabOf(world, 0), tabOf(world, 1)]
  insert(first, 0, 'first')
  insert(second, 0, 'second')
  for (const tab of [first, second]) {
    world.flush(tab)
    world.deliverUp(tab)
  }
  // Both are committed, and neither knows; one has more.
  insert(second, 6, ' and more')
  const kept = [first, second].map((tab) => JSON.stringify(exportUnsent(tab.client)))
  world.turn()
  for (const tab of [first, second]) world.close(tab)
  world.kept = []
  for (const json of kept) {
    const unsent = JSON.parse(json)
    const client = createClient(unsent.sid)
    importUnsent(client, unsent)
    world.addTab(client, unsent.sid === first.client.sid ? first.name : second.name)
  }
  world.settle()
  expect(['firstsecond and more', 'second and morefirst']).toContain(textOfAll(world))
})

test('case 10: a clock that is ten minutes ahead, or goes back, changes nothing', () => {
  const { world } = worldOf('', 2)
  const clock = [600_000, 0, 300_000, -600_000]
  world.now = () => clock.shift() ?? 0
  for (const character of 'abcd') {
    insert(tabOf(world, 0), textOf(tabOf(world, 0).client.view, '').length, character)
    world.flush(tabOf(world, 0))
    world.deliverUp(tabOf(world, 0))
    world.turn()
  }
  world.crash()
  world.settle()
  expect(textOfAll(world)).toBe('abcd')
})

test('case 13: a change that begins or ends inside a surrogate pair is refused, and changes nothing', () => {
  const { world } = worldOf('a𠀀b', 1)
  const anna = tabOf(world, 0)
  for (const [from, to] of [
    [1, 2],
    [2, 3],
    [0, 2],
    [2, 4],
    [2, 2],
  ]) {
    const change = ChangeSet.of({ from: from ?? 0, to: to ?? 0, insert: 'x' }, 4)
    expect(() => localChange(anna.client, [['t', '', change]], { undo: 'new' })).toThrow(
      'splits a surrogate pair',
    )
  }
  expect(textOfAll(world)).toBe('a𠀀b')
})

describe('case 15: many at once', () => {
  test('case 15: ten people on one line keep their runs of typing together', () => {
    const { world, all } = worldOf('', 10)
    for (let index = 0; index < 8; index++)
      for (const tab of all) {
        const text = stringOf(tab.client.view, '')
        const own = tab.name.at(-1) ?? ''
        insert(tab, text.lastIndexOf(own) + 1, own)
        if (index % 2 === 0) world.flush(tab)
      }
    world.settle()
    const text = textOfAll(world)
    for (const tab of all) expect(text).toContain((tab.name.at(-1) ?? '').repeat(8))
  })

  test('case 15: 40 type while 200 watch', () => {
    const { world, all } = worldOf('', 240)
    const writers = all.slice(0, 40)
    for (let index = 0; index < 3; index++) {
      for (const tab of writers) {
        insert(tab, textOf(tab.client.view, '').length, tab.name.at(-1) ?? '')
        world.flush(tab)
        while (tab.up.length > 0) world.deliverUp(tab)
      }
      world.turn()
      for (const tab of all) while (tab.down.length > 0) world.deliverDown(tab)
    }
    world.settle()
    expect(textOfAll(world)).toHaveLength(120)
  })
})

test('case 17: messages of a newer version, either way, are ignored and the document goes on', () => {
  const { world } = worldOf('text', 2)
  const anna = tabOf(world, 0)
  const unknown = Uint8Array.of(100, 1, 2, 3)
  world.give(anna, unknown)
  world.take(anna, unknown)
  insert(anna, 4, '!')
  world.settle()
  expect(textOfAll(world)).toBe('text!')
})

describe('case 18: undo is one’s own', () => {
  test('case 18: it never removes what another typed, also after a resync', () => {
    const { world } = worldOf('', 2)
    const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
    insert(anna, 0, 'anna')
    world.settle()
    insert(bert, 2, 'BERT')
    world.settle()
    world.crash()
    world.settle()
    take(anna, undo)
    world.settle()
    expect(textOfAll(world)).toBe('BERT')
    take(anna, redo)
    world.settle()
    expect([...textOfAll(world)].toSorted().join('')).toBe('BERTaann')
  })
})

test('case 19: outputs of a running cell come while the cell is edited and undone', () => {
  const { world } = worldOf('', 2)
  const [anna, bert] = [tabOf(world, 0), tabOf(world, 1)]
  const runner = { sid: 'runner', accountId: '', name: 'output' }
  act(anna, [['i', 'cells', 'k', '']])
  world.settle()
  commitAs(world.owner, runner, [['c', 'k.output', 'run']], { at: 0 })
  for (let sequence = 0; sequence < 20; sequence++) {
    insert(anna, 0, 'x', 'k.input')
    world.flush(anna)
    commitAs(world.owner, runner, [['a', 'k.output', 'run', sequence, [sequence]]], { at: 0 })
    if (sequence % 3 === 0) take(anna, undo)
    while (anna.up.length > 0) world.deliverUp(anna)
    world.turn()
    while (anna.down.length > 0) world.deliverDown(anna)
  }
  world.settle()
  expect(textOfAll(world, 'k.input')).toBe('x'.repeat(13))
  const expected = Array.from({ length: 20 }, (_, sequence) => sequence)
  expect(streamOf(bert.client.view, 'k.output').messages).toEqual(expected)
})

test('case 20: a text that differs is found by its hash and healed, and both variants are kept', () => {
  const { world } = worldOf('the same text', 2)
  const anna = tabOf(world, 0)
  const wrong = stateOfText('another text')
  anna.client.base = anna.client.view = wrong
  anna.editors = new Map(wrong.texts.entries())
  const asked = check(anna.client)
  if (!asked) throw new Error('nothing is asked')
  world.give(anna, asked)
  world.turn()
  for (const bytes of anna.down.splice(0)) {
    const update = receiveAtClient(anna.client, bytes)
    anna.updates.push(update)
    if (update.problem) world.connect(anna)
  }
  world.settle()
  expect(textOfAll(world)).toBe('the same text')
  const diverged = anna.updates.flatMap((update) => update.diverged)
  expect(diverged).toEqual([{ part: '', mine: 'another text', theirs: 'the same text' }])
})
