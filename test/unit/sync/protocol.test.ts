import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { createClient, isSaved, pendingCount } from '../../../src/sync/client.ts'
import { check, exportUnsent, importUnsent, presence } from '../../../src/sync/client-local.ts'
import { commitAs, trimHistory } from '../../../src/sync/commit.ts'
import { cellsOf, fieldOf, stateOfText } from '../../../src/sync/document-state.ts'
import { beginTerm, restoreOwner } from '../../../src/sync/open-owner.ts'
import { historyMessages, markSaved, takeTurn } from '../../../src/sync/outbox.ts'
import { decodeClientMessage, encodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import { act, move, pair, shown, type } from './pair.ts'

describe('client and owner', () => {
  test('[S12] two who type at once see one text', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'X' })
    type(bert, { from: 1, insert: 'Y' })
    move(world)
    expect(shown(world)).toEqual(['aYXb', 'aYXb', 'aYXb'])
    expect([pendingCount(anna.client), pendingCount(bert.client)]).toEqual([0, 0])
  })

  test('[S7] one who set a field sees that value until somebody sets it later in the order', () => {
    const { world, anna, bert } = pair('')
    act(anna, [['f', 'colour', 'red']])
    act(bert, [['f', 'colour', 'blue']])
    world.flush(bert)
    while (bert.up.length > 0) world.deliverUp(bert)
    world.turn()
    while (anna.down.length > 0) world.deliverDown(anna)
    expect(fieldOf(anna.client.view, 'colour')).toBe('red')
    move(world)
    expect(world.tabs.map((tab) => fieldOf(tab.client.view, 'colour'))).toEqual(['red', 'red'])
    expect(fieldOf(world.owner.state, 'colour')).toBe('red')
  })

  test('[S3] a cell that somebody deletes while another inserts it again is empty, in the editors too', () => {
    const { world, anna, bert } = pair('')
    act(anna, [['i', 'cells', 'k', '']])
    act(anna, [['t', 'k.input', ChangeSet.of({ from: 0, insert: 'text' }, 0)]])
    act(anna, [['f', 'k.hideOutput', true]])
    move(world)
    act(bert, [['i', 'cells', 'k', '']])
    act(anna, [['d', 'cells', 'k']])
    world.flush(anna)
    while (anna.up.length > 0) world.deliverUp(anna)
    world.turn()
    while (bert.down.length > 0) world.deliverDown(bert)
    expect(bert.updates.at(-1)?.changes.at(-1)?.touched).toContain('k.hideOutput')
    move(world)
    for (const { client, editors } of [anna, bert]) {
      expect(cellsOf(client.view, 'cells')).toEqual(['k'])
      expect([editors.get('k.input')?.length ?? 0, fieldOf(client.view, 'k.hideOutput')]).toEqual([
        0,
        null,
      ])
    }
  })

  test('[S8] edits are sent one after another without waiting, and typing goes on in the buffer', () => {
    const { world, anna } = pair('')
    type(anna, { from: 0, insert: 'a' })
    world.flush(anna)
    type(anna, { from: 1, insert: 'b' })
    world.flush(anna)
    type(anna, { from: 2, insert: 'c' })
    expect([anna.up.length, anna.client.stack.length, pendingCount(anna.client)]).toEqual([2, 2, 3])
    move(world)
    expect(shown(world)).toEqual(['abc', 'abc', 'abc'])
    expect(world.owner.head).toBe(3)
  })

  test('[S9] an edit that comes twice is committed once', () => {
    const { world, anna } = pair('')
    type(anna, { from: 0, insert: 'a' })
    world.flush(anna)
    const bytes = anna.up[0] ?? new Uint8Array()
    world.give(anna, bytes)
    move(world)
    world.give(anna, bytes)
    expect(world.owner.head).toBe(1)
  })

  test('[S9] after a gap the client is asked to send again, and nothing is lost', () => {
    const { world, anna } = pair('')
    for (const insert of ['c', 'b', 'a']) {
      type(anna, { from: 0, insert })
      world.flush(anna)
    }
    anna.up.splice(1, 1)
    move(world)
    expect(anna.updates.some((update) => update.problem?.kind === 'lost')).toBe(true)
    expect(shown(world)).toEqual(['abc', 'abc', 'abc'])
    expect(world.owner.head).toBe(3)
  })

  test('[S10] an edit finds its place however many others it did not know', () => {
    const { world, anna, bert } = pair('0123456789')
    for (let from = 0; from < 10; from += 2) {
      type(bert, { from, insert: '-' })
      world.flush(bert)
    }
    type(anna, { from: 9, insert: 'X' })
    move(world)
    expect(new Set(shown(world)).size).toBe(1)
    expect(shown(world)[2]).toContain('8X9')
  })

  test('[S11] items of a turn are one buffer for all, and are told after they are in the journal', () => {
    const { world, anna, bert } = pair('')
    type(anna, { from: 0, insert: 'a' })
    type(bert, { from: 0, insert: 'b' })
    for (const tab of [anna, bert]) {
      world.flush(tab)
      world.deliverUp(tab)
    }
    const turn = takeTurn(world.owner)
    const items = turn.sends.filter(({ bytes }) => decodeOwnerMessage(bytes)?.kind === 'items')
    expect(items.map(({ to }) => to.length)).toEqual([2])
    expect(turn.records.map((record) => record.k)).toEqual(['author', 'item', 'author', 'item'])
  })

  test('[S12] items that come twice or too early are taken once and in order', () => {
    const { world, anna, bert } = pair('')
    for (const insert of ['1', '2', '3']) {
      commitAs(
        world.owner,
        { sid: 'x', accountId: '', name: 'x' },
        [['t', '', ChangeSet.of({ from: 0, insert }, world.owner.head)]],
        { at: 1 },
      )
      world.turn()
    }
    anna.down.reverse()
    anna.down.push(...anna.down)
    move(world)
    expect(shown(world)).toEqual(['321', '321', '321'])
    expect(bert.client.m).toBe(3)
  })

  test('[S23] who joins late gets the document in one piece', () => {
    const { world, anna } = pair('x'.repeat(1_200_000))
    type(anna, { from: 0, insert: 'y' })
    move(world)
    const late = world.addTab()
    world.connect(late)
    world.deliverUp(late)
    const { sends } = takeTurn(world.owner)
    for (const { bytes } of sends) world.take(late, bytes)
    move(world)
    expect(late.client.view.texts.get('')?.length).toBe(1_200_001)
  })
})

describe('connections and restarts', () => {
  test('[S13] typing goes on while away, and all is committed once on return', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: '1' })
    world.flush(anna)
    world.deliverUp(anna)
    world.turn()
    world.drop(anna)
    type(anna, { from: 2, insert: '2' })
    type(bert, { from: 0, insert: '-' })
    move(world)
    world.connect(anna)
    move(world)
    expect(shown(world)).toEqual(['-a12b', '-a12b', '-a12b'])
    expect(world.owner.head).toBe(3)
  })

  test('[S14] an attempt that was overtaken by a newer one changes nothing', () => {
    const { world, anna } = pair('')
    type(anna, { from: 0, insert: 'a' })
    world.connect(anna)
    const older = anna.up.splice(0)
    world.connect(anna)
    move(world)
    for (const bytes of older) world.give(anna, bytes)
    type(anna, { from: 1, insert: 'b' })
    move(world)
    expect(shown(world)).toEqual(['ab', 'ab', 'ab'])
    expect(world.owner.head).toBe(2)
    // It was not answered either: an answer would have had anna connect once more.
    expect(anna.updates.flatMap(({ problem }) => problem ?? [])).toEqual([])
  })

  test('[S14] the answer to an attempt that the client has given up changes nothing', () => {
    const { world, anna } = pair('ab')
    world.connect(anna)
    world.deliverUp(anna)
    world.turn()
    const older = anna.down.splice(0)
    world.connect(anna)
    for (const bytes of older) world.take(anna, bytes)
    expect(anna.client.phase).toBe('resuming')
    type(anna, { from: 1, insert: 'X' })
    move(world)
    expect(anna.client.phase).toBe('live')
    expect(shown(world)).toEqual(['aXb', 'aXb', 'aXb'])
  })

  test.each(['moved', 'killed, with the newest segment only'])(
    '[S14] what a page gave up is not committed by an older attempt that comes when its owner was %s',
    (how) => {
      const { world, anna } = pair('ab')
      anna.canEdit = false
      type(anna, { from: 1, insert: 'X' })
      world.flush(anna)
      world.connect(anna)
      const older = anna.up.slice()
      move(world)
      expect([anna.rescued, shown(world)]).toEqual([['X'], ['ab', 'ab', 'ab']])
      anna.canEdit = true
      if (how === 'moved') world.move()
      else {
        world.beginSegment()
        world.crashWithOldSegmentsGone()
      }
      for (const tab of world.tabs) world.connect(tab)
      for (const bytes of older) world.give(anna, bytes)
      type(anna, { from: 0, insert: 'Y' })
      move(world)
      expect(shown(world)).toEqual(['Yab', 'Yab', 'Yab'])
    },
  )

  test('[S20] a killed owner is the same again from its journal, and everybody goes on', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'X' })
    move(world)
    type(bert, { from: 3, insert: 'Y' })
    world.flush(bert)
    world.deliverUp(bert)
    world.crash()
    for (const tab of [anna, bert]) world.connect(tab)
    move(world)
    expect(shown(world)).toEqual(['aXbY', 'aXbY', 'aXbY'])
    expect([anna, bert].every((tab) => tab.updates.at(-1)?.problem === undefined)).toBe(true)
  })

  test('[S28] after a term that lost what a client saw, its own text is committed again and nothing is rescued', () => {
    const { world, anna } = pair('ab')
    type(anna, { from: 2, insert: 'seen' })
    move(world)
    type(anna, { from: 0, insert: 'unsent' })
    world.drop(anna)
    world.journal = world.journal.filter((record) => record.k !== 'item')
    world.crash()
    world.journal.push(beginTerm(world.owner, { term: 2, at: 1, reason: 'the tail was lost' }))
    world.settle()
    expect(anna.rescued).toEqual([])
    expect(shown(world)).toEqual(['unsentabseen', 'unsentabseen', 'unsentabseen'])
    expect(restoreOwner(world.journal).term).toBe(2)
  })

  test('[S29] a text typed into an empty document that has another text now is given back', () => {
    const { world, anna, bert } = pair('')
    world.drop(anna)
    type(anna, { from: 0, insert: 'kept' })
    for (const insert of ['1', '2']) {
      type(bert, { from: 0, insert })
      move(world)
    }
    trimHistory(world.owner, 1)
    world.settle()
    expect(anna.rescued).toEqual(['kept'])
    expect(shown(world)).toEqual(['21', '21', '21'])
  })

  test('[S15] a new page commits what an older one kept, exactly where it was typed', () => {
    const { world, anna, bert } = pair('ab')
    type(anna, { from: 1, insert: 'kept' })
    const kept = JSON.parse(JSON.stringify(exportUnsent(anna.client)))
    world.drop(anna)
    type(bert, { from: 0, insert: '-' })
    move(world)
    anna.client = createClient(kept.sid)
    importUnsent(anna.client, kept)
    expect(pendingCount(anna.client)).toBe(1)
    world.settle()
    expect(shown(world)).toEqual(['-akeptb', '-akeptb', '-akeptb'])
  })

  test('a connection that was left out for a while catches up from the history', () => {
    const { world, anna, bert } = pair('')
    type(bert, { from: 0, insert: 'a' })
    world.flush(bert)
    world.deliverUp(bert)
    takeTurn(world.owner)
    for (const bytes of historyMessages(world.owner, 0)) world.take(anna, bytes)
    expect(anna.editors.get('')?.sliceString(0)).toBe('a')
  })
})

describe('bad input', () => {
  test('[S17] a change beyond the text, or inside a surrogate pair, is refused with a code, and others go on', () => {
    for (const changes of [
      ChangeSet.of({ from: 90, insert: 'X' }, 99),
      ChangeSet.of({ from: 1, insert: 'X' }, 2),
      ChangeSet.of({ from: 0, insert: '\ud83d' }, 2),
    ]) {
      const { world, anna, bert } = pair('\u{1F600}')
      const { gen } = anna.client
      const edit = [['t', '', changes] as const]
      world.give(anna, encodeClientMessage({ kind: 'edit', gen, n: 1, step: 0, edit }))
      const answers = world.turn().sends.map(({ bytes }) => decodeOwnerMessage(bytes))
      // What has no UTF-8 form becomes U+FFFD on the way, which is a character like others.
      const isSent = changes.newLength === 3 && changes.toJSON().length === 2
      if (!isSent)
        expect(answers).toMatchObject([{ kind: 'refused', gen, n: 1, code: 'bad_value' }])
      type(bert, { from: 2, insert: '!' })
      move(world)
      expect(shown(world)[1]).toBe(shown(world)[2])
      expect(shown(world)[2]).toContain('!')
    }
  })

  test('[S16] after a refused edit nothing of the session is taken until it joins; its text is given back', () => {
    const { world, anna } = pair('ab')
    anna.canEdit = false
    type(anna, { from: 0, insert: 'one' })
    world.flush(anna)
    type(anna, { from: 3, insert: ' two' })
    move(world)
    const problems = anna.updates.map((update) => update.problem).filter((problem) => problem)
    expect(problems).toEqual([
      { kind: 'refused', code: 'read_only', message: 'it is read-only here' },
    ])
    expect(anna.rescued).toEqual(['one two'])
    expect(shown(world)).toEqual(['ab', 'ab', 'ab'])
  })

  test('[S19] a session of another account is refused', () => {
    const { world, anna, bert } = pair('ab')
    world.give(bert, encodeClientMessage({ kind: 'join', sid: anna.client.sid, gen: 9 }))
    const codes = world.turn().sends.map(({ bytes }) => decodeOwnerMessage(bytes))
    expect(codes).toMatchObject([{ kind: 'refused', code: 'forbidden' }])
  })

  test('[S17] parts and fields named __proto__ are parts like others, and values with that key are refused', () => {
    const { world, anna } = pair('')
    act(anna, [['f', '__proto__', { ok: true }]])
    move(world)
    expect(world.owner.state.fields.get('__proto__')).toEqual({ ok: true })
    expect(({} as { ok?: boolean }).ok).toBe(undefined)
    const value = JSON.parse('{"__proto__": {"ok": true}}')
    const bytes = encodeClientMessage({
      kind: 'edit',
      gen: 2,
      n: 2,
      step: 0,
      edit: [['f', 'x', value]],
    })
    expect(() => decodeClientMessage(bytes)).toThrow('__proto__')
  })

  test('[S17] a local change that does not fit is refused and changes nothing', () => {
    const { anna } = pair('ab')
    expect(() => act(anna, [['t', '', ChangeSet.of({ from: 0, insert: 'x' }, 9)]])).toThrow('2')
    expect(pendingCount(anna.client)).toBe(0)
  })
})

describe('beside the text', () => {
  test('[S21] a writer beside the owner may have made its change on an older version', () => {
    const { world, anna } = pair('ab')
    type(anna, { from: 0, insert: '123' })
    move(world)
    const late = ChangeSet.of({ from: 2, insert: '!' }, 2)
    commitAs(world.owner, { sid: 'd', accountId: '', name: 'd' }, [['t', '', late]], {
      at: 1,
      on: 0,
    })
    move(world)
    expect(shown(world)).toEqual(['123ab!', '123ab!', '123ab!'])
  })

  test('[S24] an idle client whose text differs is told', () => {
    const { world, anna } = pair('ab')
    const bytes = check(anna.client)
    if (bytes) world.give(anna, bytes)
    expect(takeTurn(world.owner).sends).toEqual([])
    anna.client.base = stateOfText('aB')
    const differing = check(anna.client)
    if (differing) world.give(anna, differing)
    move(world)
    expect(anna.updates.map((update) => update.problem)).toContainEqual({ kind: 'mismatch' })
    expect(shown(world)).toEqual(['ab', 'ab', 'ab'])
  })

  test('[S25] others see where somebody is, also who comes later, until they leave', () => {
    const { world, anna, bert } = pair('ab')
    const bytes = presence(anna.client, { head: 1 })
    if (bytes) world.give(anna, bytes)
    move(world)
    const by = { sid: 's0', accountId: 'tab 0', name: 'tab 0' }
    expect(bert.updates.flatMap((update) => update.presence)).toEqual([{ by, data: { head: 1 } }])
    const late = world.addTab()
    world.connect(late)
    move(world)
    expect(late.updates.flatMap((update) => update.presence)).toEqual([{ by, data: { head: 1 } }])
    world.drop(anna)
    move(world)
    expect(late.updates.at(-1)?.presence).toEqual([{ by, data: null }])
  })

  test('everybody is told which version is on the disk, and who comes later too', () => {
    const { world, anna, bert } = pair('ab')
    expect(isSaved(anna.client)).toBe(true)
    type(anna, { from: 0, insert: 'x' })
    expect(isSaved(anna.client)).toBe(false)
    move(world)
    expect([isSaved(anna.client), isSaved(bert.client)]).toEqual([false, false])
    markSaved(world.owner, 1)
    move(world)
    expect([isSaved(anna.client), isSaved(bert.client)]).toEqual([true, true])
    type(bert, { from: 0, insert: 'y' })
    const late = world.addTab()
    world.connect(late)
    move(world)
    expect([late.client.m, late.client.savedV]).toEqual([2, 1])
  })
})
