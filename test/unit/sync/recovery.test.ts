import { describe, expect, test } from 'vitest'

import { connect } from '../../../src/sync/client-local.ts'
import { endRecovery } from '../../../src/sync/end-recovery.ts'
import { restoreOwner } from '../../../src/sync/open-owner.ts'
import { beginRecovery, recoveryIsIdle } from '../../../src/sync/recovery.ts'
import { encodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import type { World } from '../../simulation/sync/world.ts'
import { move, pair, shown, type } from './pair.ts'

/** The machine goes down, and all after this version is not in the journal. The owner waits for who knows more. */
function loseAfter(world: World, v: number): void {
  world.journal = world.journal.filter((record) => !('v' in record) || record.v <= v)
  world.crash()
  beginRecovery(world.owner)
}

function end(world: World, term = 2): void {
  endRecovery(world.owner, { term, at: 9, reason: 'the machine went down' })
  move(world)
  move(world)
}

describe('the lost end of a journal', () => {
  test('[S31] who has most gives it back, as it was, and nobody has to repair anything', () => {
    const { world, anna, bert } = pair('')
    for (const insert of ['a', 'b', 'c']) {
      type(anna, { from: 0, insert })
      move(world)
    }
    const before = [...world.owner.history]
    world.drop(anna)
    type(bert, { from: 3, insert: 'd' })
    move(world)
    loseAfter(world, 1)
    world.connect(anna)
    world.connect(bert)
    move(world)
    expect([world.owner.head, recoveryIsIdle(world.owner)]).toEqual([4, true])
    end(world)
    expect(shown(world)).toEqual(['cbad', 'cbad', 'cbad'])
    expect(world.owner.history.slice(0, 3)).toMatchObject(
      before.map(({ v, term, n }) => ({ v, term, n })),
    )
    const problems = world.tabs.flatMap((tab) => tab.updates.map((update) => update.problem))
    expect(problems.filter((problem) => problem?.kind === 'forked')).toEqual([])
    const restored = world.journal.flatMap((record) =>
      record.k === 'item' && record.restored !== undefined ? [record.restored] : [],
    )
    expect(restored.length).toBe(3)
    expect(restoreOwner(world.journal)).toMatchObject({ term: 2, head: 4 })
  })

  test('[S31] one who comes only after it, and has more, keeps its own by going back', () => {
    const { world, anna, bert } = pair('')
    type(anna, { from: 0, insert: 'a' })
    move(world)
    type(bert, { from: 1, insert: 'b' })
    move(world)
    loseAfter(world, 0)
    end(world)
    world.connect(bert)
    move(world)
    expect(shown(world)[2]).toBe('b')
    world.connect(anna)
    move(world)
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    expect([...(shown(world)[0] ?? '')].toSorted()).toEqual(['a', 'b'])
  })

  test('[S31] who comes meanwhile waits, and typing goes on in its page', () => {
    const { world, anna } = pair('one')
    type(anna, { from: 3, insert: ' two' })
    move(world)
    loseAfter(world, 0)
    const late = world.addTab()
    world.connect(late)
    move(world)
    world.connect(anna)
    type(anna, { from: 7, insert: ' three' })
    move(world)
    expect(late.updates).toEqual([])
    end(world)
    expect(late.editors.get('')?.sliceString(0)).toBe('one two three')
    expect(shown(world)[0]).toBe('one two three')
  })

  test('[S31] viewers and those of another branch give nothing; who asked and left is not waited for', () => {
    const { world, anna, bert } = pair('')
    type(anna, { from: 0, insert: 'a' })
    move(world)
    loseAfter(world, 0)
    anna.canEdit = false
    bert.client.recent.term = 77
    for (const tab of [anna, bert]) {
      world.connect(tab)
      world.deliverUp(tab)
    }
    const asked = world.turn().sends.map(({ to }) => to[0])
    expect(asked).toEqual([bert.connection])
    expect(recoveryIsIdle(world.owner)).toBe(false)
    while (bert.down.length > 0) world.deliverDown(bert)
    while (bert.up.length > 0) world.deliverUp(bert)
    expect([world.owner.head, recoveryIsIdle(world.owner)]).toEqual([0, true])
    for (const bytes of connect(bert.client)) world.give(bert, bytes)
    world.drop(bert)
    expect(recoveryIsIdle(world.owner)).toBe(true)
  })

  test('[S31] items that nobody asked for, or that do not fit, are not taken', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 0, insert: 'x' })
    move(world)
    const items = [{ term: 1, by: 0, edit: [['d', 'cells', 'k']] as const }]
    const authors = [{ index: 0, sid: 'm', accountId: 'mallory', name: 'M' }]
    const bytes = encodeClientMessage({ kind: 'have_items', v: 1, authors, items })
    world.give(bert, bytes)
    expect(world.owner.head).toBe(1)
    loseAfter(world, 0)
    world.connect(anna)
    world.deliverUp(anna)
    const kinds = world.turn().sends.map((send) => decodeOwnerMessage(send.bytes)?.kind)
    expect(kinds).toEqual(['want_items'])
    world.give(
      anna,
      encodeClientMessage({
        kind: 'have_items',
        v: 0,
        authors,
        items: [{ term: 1, by: 9, edit: [] }],
      }),
    )
    expect(world.owner.head).toBe(0)
    end(world)
    expect(shown(world)[0]).toBe('xab')
    expect(shown(world)[2]).toBe('xab')
  })
})
