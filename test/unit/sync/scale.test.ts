import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { presence } from '../../../src/sync/client-local.ts'
import { commitAs } from '../../../src/sync/commit.ts'
import { fieldOf, stringOf, textOf } from '../../../src/sync/document-state.ts'
import { mergeAll } from '../../../src/sync/merge.ts'
import { applyEdit } from '../../../src/sync/apply.ts'
import { missedMessages, presenceWaits, takePresence, takeTurn } from '../../../src/sync/outbox.ts'
import { SnapshotReader, snapshotPieces } from '../../../src/sync/snapshot.ts'
import { stateToJson } from '../../../src/sync/state-json.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import type { Edit } from '../../../src/sync/edit.ts'
import type { World, Tab } from '../../simulation/sync/world.ts'
import { act, move, pair, shown, type } from './pair.ts'
import { START, randomEdit } from './random-edit.ts'

const AUTHOR = { sid: 'x', accountId: '', name: 'x' }

/** Somebody beside the clients types so many characters, each a version. */
function typeMany(world: World, count: number, from = 0): void {
  for (let n = 0; n < count; n++) {
    const { length } = textOf(world.owner.state, '')
    const changes = ChangeSet.of({ from: from + n, insert: String(n % 10) }, length)
    commitAs(world.owner, AUTHOR, [['t', '', changes]], { at: 1 })
  }
}

function kindsOf(messages: readonly Uint8Array[]): (string | undefined)[] {
  return messages.map((bytes) => decodeOwnerMessage(bytes)?.kind)
}

/** What the owner sends to one tab in its next turn. */
function turnTo(world: World, tab: Tab): Uint8Array[] {
  const { sends } = world.turn()
  return sends.flatMap(({ to, bytes }) => (to.includes(tab.connection ?? '') ? [bytes] : []))
}

describe('joining', () => {
  test('a document in pieces is the same again, whatever its parts and however its texts are cut', () => {
    let state = START
    for (let seed = 0; seed < 40; seed++) state = applyEdit(state, randomEdit(state, seed, 'P'))
    const long = 'line é\u{1F600}\u{1F600}\n'.repeat(60_000)
    state = applyEdit(state, [
      ['t', '', ChangeSet.of({ from: 0, insert: long }, textOf(state, '').length)],
    ])
    const reader = new SnapshotReader()
    const pieces = [...snapshotPieces(state)]
    expect(pieces.length).toBeGreaterThan(2)
    expect(pieces.map((piece) => reader.take(piece)).indexOf(true)).toBe(pieces.length - 1)
    expect(stateToJson(reader.state())).toEqual(stateToJson(state))
  })

  test('[S23] a large document comes a few chunks ahead of what its client has, and says how far it is', () => {
    const { world } = pair('x'.repeat(3_000_000))
    const late = world.addTab()
    world.connect(late)
    world.deliverUp(late)
    const kinds = kindsOf(turnTo(world, late))
    const chunks = Array.from({ length: 8 }, () => 'snapshot')
    expect(kinds).toEqual(['joined', 'authors', ...chunks, 'saved'])
    for (let n = 0; n < 3; n++) world.deliverDown(late)
    expect(late.updates.at(-1)?.joining).toEqual({ received: 1, total: 13 })
    world.deliverUp(late)
    expect(kindsOf(turnTo(world, late))).toEqual(['snapshot'])
    world.settle()
    expect(new Set(shown(world)).size).toBe(1)
  })

  test('[S23] who joins after some typing gets the snapshot that is there and the items since', () => {
    const { world, bert } = pair('x'.repeat(100_000))
    type(bert, { from: 5, insert: 'bert ' })
    move(world)
    const late = world.addTab()
    const before = world.owner.snapshot
    world.connect(late)
    world.deliverUp(late)
    // Items of this turn are in the tail, and broadcast at its end: once is enough.
    typeMany(world, 3)
    const kinds = kindsOf(turnTo(world, late))
    const answer = ['joined', 'authors', 'items_full', 'snapshot', 'saved']
    expect(kinds).toEqual(['authors', ...answer, 'items'])
    expect(world.owner.snapshot).toBe(before)
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    type(late, { from: 3, insert: 'late ' })
    type(bert, { from: 0, insert: 'both ' })
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[0]).toContain('late ')
  })

  test('[S23] after more typing than an eighth of it, the snapshot is made anew', () => {
    const { world } = pair('x'.repeat(2000))
    typeMany(world, 100)
    world.turn()
    const late = world.addTab()
    world.connect(late)
    world.deliverUp(late)
    expect(kindsOf(turnTo(world, late))).not.toContain('items_full')
    expect(world.owner.snapshot?.v).toBe(100)
  })

  test('a client whose document moved to another worker while it came begins anew', () => {
    const { world } = pair('x'.repeat(3_000_000))
    const late = world.addTab()
    world.connect(late)
    world.deliverUp(late)
    world.turn()
    while (late.down.length > 0) world.deliverDown(late)
    world.move()
    for (let n = 0; n < 5; n++) move(world)
    expect(late.client.phase).toBe('live')
    expect(late.editors.get('')?.length).toBe(3_000_000)
  })
})

describe('who missed much', () => {
  test('[S40] a few items are sent again as they are', () => {
    const { world, anna } = pair('ab')
    typeMany(world, 20)
    takeTurn(world.owner)
    expect(kindsOf(missedMessages(world.owner, anna.connection ?? '', { v: 0, upTo: 20 }))).toEqual(
      ['items_full'],
    )
  })

  test('[S40] of many items one edit is made, what was typed meanwhile is mapped over it, and undo goes on', () => {
    const { world, anna, bert } = pair('abcdef')
    type(anna, { from: 6, insert: '!' })
    move(world)
    world.leaveOut(anna)
    type(anna, { from: 3, insert: 'on the way ' })
    world.flush(anna)
    typeMany(world, 2000)
    world.turn()
    const messages = missedMessages(world.owner, anna.connection ?? '', { v: 1, upTo: 2001 })
    expect(kindsOf(messages)).toEqual(['resend'])
    anna.behind = undefined
    for (const bytes of messages) world.take(anna, bytes)
    type(anna, { from: 0, insert: 'buffer ' })
    for (let n = 0; n < 2; n++) world.deliverUp(anna)
    const answer = turnTo(world, anna)
    expect(kindsOf(answer)[0]).toBe('merged')
    expect(answer[0]?.length).toBeLessThan(2100)
    anna.updates.length = 0
    move(world)
    expect(anna.updates.flatMap((update) => update.changes).length).toBe(1)
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[0]).toMatch(/^[\d]*buffer[^]*abcon the way def!$/)
    type(bert, { from: 0, insert: '-' })
    type(anna, { from: 0, insert: '+' })
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
  })

  test('[S40] a merged answer that is lost with its connection is asked for again, and nothing is doubled', () => {
    const { world, anna } = pair('ab')
    world.drop(anna)
    type(anna, { from: 1, insert: 'X' })
    typeMany(world, 1000)
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    world.drop(anna)
    type(anna, { from: 2, insert: 'Y' })
    typeMany(world, 1000, 500)
    world.settle()
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[0]).toMatch(/^[\d]*aXYb$/)
  })

  test('[S40] text typed into a cell that was deleted meanwhile comes back as a rescued piece', () => {
    const { world, anna } = pair('')
    act(anna, [['i', 'cells', 'c1', '']])
    move(world)
    world.drop(anna)
    act(anna, [['t', 'c1.input', ChangeSet.of({ from: 0, insert: 'typed' }, 0)]])
    commitAs(world.owner, AUTHOR, [['d', 'cells', 'c1']], { at: 1 })
    typeMany(world, 1000)
    world.settle()
    expect(anna.rescued).toEqual(['typed'])
    expect(shown(world)[0]).toBe(shown(world)[2])
  })

  test('many edits merged do what they do one after another', () => {
    for (let seed = 0; seed < 60; seed++) {
      const edits: Edit[] = []
      let state = START
      for (let n = 0; n < 1 + (seed % 9); n++) {
        const edit = randomEdit(state, 1000 * seed + n, 'M')
        edits.push(edit)
        state = applyEdit(state, edit)
      }
      expect(stateToJson(applyEdit(START, mergeAll(edits)))).toEqual(stateToJson(state))
    }
    const sets: Edit[] = [[['f', 'a', 1]], [['f', 'a', 2]], [['f', 'b', 3]]]
    expect(mergeAll(sets)).toEqual([
      ['f', 'a', 2],
      ['f', 'b', 3],
    ])
  })
})

describe('a large paste', () => {
  test('[S11] is not sent back to its author, who has it', () => {
    const { world, anna, bert } = pair('ab')
    const text = 'pasted line\n'.repeat(20_000)
    type(anna, { from: 1, insert: text })
    type(bert, { from: 2, insert: '!' })
    world.flush(bert)
    world.deliverUp(bert)
    world.turn()
    world.flush(anna)
    world.deliverUp(anna)
    const { sends } = world.turn()
    const bytesTo = (tab: Tab): number =>
      sends.reduce(
        (sum, { to, bytes }) => sum + (to.includes(tab.connection ?? '') ? bytes.length : 0),
        0,
      )
    expect(bytesTo(anna)).toBeLessThan(100)
    expect(bytesTo(bert)).toBeGreaterThan(text.length)
    move(world)
    expect(new Set(shown(world))).toEqual(new Set([`a${text}b!`]))
    expect([anna.client.sum, bert.client.sum]).toEqual([world.owner.sum, world.owner.sum])
  })

  test('comes whole with the history where its author resumes before it is acknowledged', () => {
    const { world, anna } = pair('ab')
    type(anna, { from: 1, insert: 'x'.repeat(100_000) })
    world.flush(anna)
    world.deliverUp(anna)
    world.turn()
    world.drop(anna)
    type(anna, { from: 0, insert: 'more ' })
    world.settle()
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[0]?.length).toBe(100_007)
  })
})

describe('presence', () => {
  test('[S25] of all who move in a turn the last place of each is told, in one message for all', () => {
    const { world, anna, bert } = pair('ab')
    for (const head of [0, 1, 2])
      for (const tab of [anna, bert]) {
        const bytes = presence(tab.client, { head })
        if (bytes) world.give(tab, bytes)
      }
    takeTurn(world.owner, { holdPresence: true })
    expect(presenceWaits(world.owner)).toBe(true)
    const [send, ...more] = takePresence(world.owner)
    expect(more).toEqual([])
    expect(send?.to.length).toBe(2)
    const message = decodeOwnerMessage(send?.bytes ?? new Uint8Array())
    expect(message).toMatchObject({
      kind: 'presences',
      people: [{ data: { head: 2 } }, { data: { head: 2 } }],
    })
    expect(presenceWaits(world.owner)).toBe(false)
  })
})

test('nobody who only watches costs the owner more than a session: no text, no bridge', () => {
  const { world, anna, bert } = pair('x'.repeat(1000))
  for (let n = 0; n < 200; n++) {
    type(anna, { from: 0, insert: 'y' })
    move(world)
  }
  const session = world.owner.sessions.get(bert.client.sid)
  expect(session?.bridge).toEqual([])
  expect(fieldOf(world.owner.state, 'none')).toBe(null)
  expect(stringOf(world.owner.state, '').length).toBe(1200)
})
