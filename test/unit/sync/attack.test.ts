import { ChangeSet } from '@codemirror/state'
import { describe, expect, test } from 'vitest'

import { connect } from '../../../src/sync/client-local.ts'
import { commitAs } from '../../../src/sync/commit.ts'
import { DISK_AUTHOR } from '../../../src/sync/disk.ts'
import { EMPTY_STATE, stateOfText, stringOf } from '../../../src/sync/document-state.ts'
import { ByteWriter } from '../../../src/sync/bytes.ts'
import { buildState } from '../../../src/sync/apply.ts'
import type { Edit, PartOp } from '../../../src/sync/edit.ts'
import {
  COSTLY_MAX,
  HISTORY_ITEMS_MAX,
  HISTORY_ITEMS_MIN,
  HISTORY_LENGTH_MAX,
  MESSAGE_ENTRIES_MAX,
  SESSIONS_KEPT_MAX,
} from '../../../src/sync/limits.ts'
import type {
  ClientMessage,
  NumberedAuthor,
  OwnerMessage,
  PatchHunk,
} from '../../../src/sync/messages.ts'
import { createOwner, restoreOwner } from '../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../src/sync/outbox.ts'
import type { Owner } from '../../../src/sync/owner.ts'
import { detach, receiveAtOwner } from '../../../src/sync/receive.ts'
import { beginRecovery } from '../../../src/sync/recovery.ts'
import { endRecovery } from '../../../src/sync/end-recovery.ts'
import { decodeClientMessage, encodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import { codeOf } from '../../../src/util/coded-error.ts'
import { move, pair, shown, type } from './pair.ts'

interface Who {
  readonly connection: string
  readonly canEdit?: boolean
}

const MALLORY = 'mallory'

/** Of processor time, some times what it takes; without a bound it took minutes. */
const CPU_MS_MAX = 8000

/** On a busy machine. */
const DEADLINE_MS = 120_000

/** Somebody who writes messages by hand. Returns what is answered. */
function say(
  owner: Owner,
  { connection, canEdit = true }: Who,
  message: ClientMessage,
  at = 1,
): OwnerMessage[] {
  const person = { accountId: connection, name: connection, canEdit }
  receiveAtOwner(owner, { connection, person }, encodeClientMessage(message), at)
  return heardBy(owner, connection)
}

function heardBy(owner: Owner, connection: string): OwnerMessage[] {
  return takeTurn(owner)
    .sends.filter(({ to }) => to.includes(connection))
    .flatMap(({ bytes }) => decodeOwnerMessage(bytes) ?? [])
}

function join(owner: Owner, who: Who, sid: string): void {
  say(owner, who, { kind: 'join', sid, gen: 1 })
}

function resume(m: number, term: number, edits: readonly Edit[] = []): ClientMessage {
  return { kind: 'resume', sid: MALLORY, gen: 1, snapshot: false, term, m, n: 0, edits }
}

function thrownBy(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

describe('names', () => {
  test('[S19] a session that is called as the disk is not taken for the disk', () => {
    const owner = createOwner({ term: 1, state: stateOfText('ab') })
    join(owner, { connection: MALLORY }, 'disk')
    const change = ChangeSet.of({ from: 0, insert: 'x' }, 2)
    commitAs(owner, DISK_AUTHOR, [['t', '', change]], { at: 1 })
    const by = owner.history[0]?.by
    expect(by === undefined ? undefined : owner.authors[by]).toEqual(DISK_AUTHOR)
  })

  test('[S17] names of those who write in the local hub are no names of a session', () => {
    const owner = createOwner({ term: 1, state: stateOfText('') })
    for (const sid of ['history:anna', 'program:x', ':disk', '', 'a b', 'x'.repeat(65)])
      expect(thrownBy(() => join(owner, { connection: MALLORY }, sid))).toBe('bad_message')
  })
})

describe('claims', () => {
  test('[S20] who says to know more begins a new term once at most, and no viewer does', () => {
    const { world, anna, bert } = pair('one')
    type(anna, { from: 0, insert: 'x' })
    move(world)
    const claim = (canEdit: boolean, connection: string): number => {
      const { owner } = world
      say(owner, { connection, canEdit }, resume(owner.head + 5, owner.term))
      return owner.term
    }
    expect(claim(true, 'm1')).toBe(1)
    world.crash()
    for (const tab of [anna, bert]) world.connect(tab)
    move(world)
    expect(claim(false, 'm2')).toBe(1)
    expect(claim(true, 'm3')).toBe(2)
    expect(claim(true, 'm4')).toBe(2)
    // Those who are there learn of it: what they type is of the new term for both sides.
    world.settle()
    type(bert, { from: 0, insert: 'y' })
    world.settle()
    expect([anna.client.term, bert.client.term]).toEqual([2, 2])
    expect(new Set(shown(world)).size).toBe(1)
  })

  test('[S31] who gives back the end of the journal can neither end all terms nor write for who waits', () => {
    const edit: Edit = [['t', '', ChangeSet.of({ from: 0, insert: 'x' }, 0)]]
    const give = (term: number, author: Omit<NumberedAuthor, 'index'>, canEdit = true): Owner => {
      const owner = createOwner({ term: 1, state: EMPTY_STATE })
      beginRecovery(owner)
      const anna = { connection: 'anna' }
      say(owner, anna, { kind: 'join', sid: 'annas', gen: 1 })
      say(owner, { connection: MALLORY }, resume(1, 1))
      const authors = [{ index: 0, ...author }]
      const items = [{ term, by: 0, edit }]
      say(owner, { connection: MALLORY, canEdit }, { kind: 'have_items', v: 0, authors, items })
      endRecovery(owner, { term: 2, at: 2, reason: 'test' })
      return owner
    }
    const own = { sid: MALLORY, accountId: MALLORY, name: 'M' }
    expect(give(1, own).head).toBe(1)
    expect(give(Number.MAX_SAFE_INTEGER, own)).toMatchObject({ head: 0, term: 2 })
    expect(give(1, { ...own, sid: 'annas' }).head).toBe(0)
    expect(give(1, own, false).head).toBe(0)
  })

  test('[S31] of a connection only the last attempt is held', () => {
    const owner = createOwner({ term: 1, state: EMPTY_STATE })
    beginRecovery(owner)
    for (let gen = 1; gen < 50; gen++)
      say(owner, { connection: MALLORY }, { kind: 'join', sid: MALLORY, gen })
    expect(owner.recovery?.held.size).toBe(1)
    endRecovery(owner, { term: 2, at: 2, reason: 'test' })
    expect(owner.sessions.get(MALLORY)?.gen).toBe(49)
  })
})

describe('room and time', { timeout: DEADLINE_MS }, () => {
  test('[S25] a connection that joins, or asks, without end is closed; others are not concerned', () => {
    const owner = createOwner({ term: 1, state: stateOfText('x'.repeat(100_000)) })
    const viewer = { connection: MALLORY, canEdit: false }
    let joins = 0
    const flood = () => {
      for (;;) {
        say(owner, viewer, { kind: 'join', sid: `m${joins}`, gen: 1 }, 1000 + joins)
        joins++
      }
    }
    expect(thrownBy(flood)).toBe('too_large')
    expect(joins).toBe(COSTLY_MAX)
    join(owner, { connection: 'anna' }, 'annas')
    const check = (hash: number): OwnerMessage[] =>
      say(owner, { connection: 'anna' }, { kind: 'check', v: 0, hash })
    expect(check(1)).toEqual([{ kind: 'mismatch', v: 0 }])
    const { hashed } = owner
    expect(check(hashed?.hash ?? 0)).toEqual([])
    // It is computed once for a version, whoever asks.
    expect(owner.hashed).toBe(hashed)
  })

  test('[S13] a resume whose edits make the owner forget where it began is repaired; it remembers no more than it may', () => {
    const { world, anna, bert } = pair('')
    world.drop(bert)
    const by = { sid: 'x', accountId: '', name: 'x' }
    const most = 1.25 * HISTORY_ITEMS_MAX
    for (let item = 0; item < most - 1; item++)
      commitAs(world.owner, by, [['f', 'count', item]], { at: 1 })
    takeTurn(world.owner)
    expect(world.owner.history.length).toBe(most - 1)
    for (const insert of ['one ', 'two ']) {
      type(bert, { from: 0, insert })
      world.connect(bert)
      // What is on the way is lost.
      world.drop(bert)
    }
    world.connect(bert)
    world.deliverUp(bert)
    expect(world.owner.history.length).toBeLessThan(most)
    expect(stringOf(world.owner.state, '')).toBe('two one ')
    world.drop(anna)
    world.settle()
    expect(shown(world)).toEqual(['two one ', 'two one ', 'two one '])
    expect(bert.rescued).toEqual([])
  })

  test('[S13] long output is not remembered for ever, and sessions that are gone are neither', () => {
    const owner = createOwner({ term: 1, state: EMPTY_STATE })
    const by = { sid: 'runner', accountId: '', name: 'output' }
    const output = 'x'.repeat(HISTORY_LENGTH_MAX / 256)
    for (let item = 0; item < 600; item++) commitAs(owner, by, [['f', 'output', output]], { at: 1 })
    expect(owner.historyLength).toBeLessThanOrEqual(HISTORY_LENGTH_MAX)
    expect(owner.history.length).toBeGreaterThanOrEqual(HISTORY_ITEMS_MIN)
    takeTurn(owner)
    for (let tab = 0; tab < SESSIONS_KEPT_MAX + 100; tab++) {
      join(owner, { connection: `c${tab}`, canEdit: false }, `s${tab}`)
      if (tab > 0) detach(owner, `c${tab}`)
    }
    expect(owner.sessions.size).toBe(SESSIONS_KEPT_MAX)
    expect(owner.sessions.has('s0')).toBe(true)
  })

  test('[S33] pieces of one person do not push out those of another', () => {
    const owner = createOwner({ term: 1, state: EMPTY_STATE })
    const piece = (text: string): Edit => [['r', '', text]]
    const by = (accountId: string) => ({ sid: accountId, accountId, name: accountId })
    commitAs(owner, by('anna'), piece('lost'), { at: 1 })
    const flood = Array.from({ length: 500 }, (_, index): PartOp => ['r', '', `junk ${index}`])
    commitAs(owner, by(MALLORY), flood, { at: 1 })
    const kept = [...owner.rescued.values()]
    expect(kept.filter(({ text }) => text === 'lost').length).toBe(1)
    expect(kept.length).toBeLessThan(300)
  })

  test('[S17] an edit that grows beyond the limit on its way is refused: the journal can be read', () => {
    const cells = Array.from({ length: 10_001 }, (_, index) => `k${index}`)
    const state = buildState(cells.map((cell): PartOp => ['i', 'cells', cell, '']))
    const owner = createOwner({ term: 1, state })
    join(owner, { connection: MALLORY }, MALLORY)
    const typed = cells.map((cell): PartOp => [
      't',
      `${cell}.input`,
      ChangeSet.of({ from: 0, insert: 'x' }, 0),
    ])
    commitAs(owner, { sid: 'a', accountId: 'a', name: 'a' }, typed, { at: 1 })
    const edit = cells.map((cell): PartOp => ['d', 'cells', cell])
    const heard = say(owner, { connection: MALLORY }, { kind: 'edit', gen: 1, n: 1, step: 0, edit })
    expect(heard).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'too_large' }))
    expect(owner.head).toBe(1)
  })

  test('[S40] what is too much for one edit is sent as it is', () => {
    const { world, anna, bert } = pair('')
    world.drop(bert)
    const by = { sid: 'x', accountId: '', name: 'x' }
    for (let item = 0; item < 500; item++) {
      const edit = Array.from({ length: 41 }, (_, at): PartOp => ['f', `f${item}-${at}`, item])
      commitAs(world.owner, by, edit, { at: 1 })
    }
    move(world)
    world.connect(bert)
    move(world)
    expect(bert.client.phase).toBe('live')
    expect(bert.client.m).toBe(anna.client.m)
    expect(bert.client.view.fields.size).toBe(500 * 41)
  })
})

describe('patches', { timeout: DEADLINE_MS }, () => {
  const LINES = Array.from({ length: 40_000 }, (_, line) => `line ${line} of a text`).join('\n')

  function patched(text: string, hunks: readonly PatchHunk[], blind = false): Owner {
    const owner = createOwner({ term: 1, state: stateOfText(text) })
    const patch = { kind: 'patch', sid: MALLORY, gen: 1, n: 0, blind } as const
    say(owner, { connection: MALLORY }, { ...patch, edits: [[{ part: '', hunks }]] })
    return owner
  }

  test('[S29] a patch of thousands of hunks that stand nowhere ends soon; what it would insert is rescued', () => {
    const hunks = Array.from({ length: 20_000 }, (_, index) => ({
      at: index * 7,
      before: `nowhere ${index} `,
      deleted: 'x',
      inserted: `typed ${index}`,
      after: ' at all, or so',
    }))
    for (const blind of [false, true]) {
      const cpu = process.cpuUsage()
      const owner = patched(LINES, hunks, blind)
      expect(process.cpuUsage(cpu).user / 1000).toBeLessThan(CPU_MS_MAX)
      const text = stringOf(owner.state, '')
      const edit = owner.history[0]?.edit ?? []
      const rescued = edit.flatMap((op) => (op[0] === 'r' ? op[2].split('\n') : []))
      for (const { inserted } of [hunks[0], hunks[19_999]].flatMap((hunk) => hunk ?? []))
        expect(text.includes(inserted) || rescued.includes(inserted)).toBe(true)
    }
  })

  test('[S29] hunks whose text moved together are all placed, however many', () => {
    const hunks = Array.from({ length: 3000 }, (_, index) => {
      const at = LINES.indexOf(`line ${index * 10} of`)
      const after = LINES.slice(at, at + 32)
      return {
        at,
        before: LINES.slice(Math.max(0, at - 32), at),
        deleted: '',
        inserted: '> ',
        after,
      }
    })
    const above = 'y'.repeat(50_000) + '\n'
    const owner = patched(above + LINES, hunks.slice(1))
    const text = stringOf(owner.state, '')
    expect(text.split('\n').filter((line) => line.startsWith('> line')).length).toBe(2999)
    expect(owner.history[0]?.edit.some((op) => op[0] === 'r')).toBe(false)
  })
})

test(
  '[S17] a message of too many entries is refused before they fill the memory',
  { timeout: DEADLINE_MS },
  () => {
    const writer = new ByteWriter()
    // An edit of one text, of as many sections as two bytes each can be.
    const edit = new ByteWriter()
    edit.byte(1)
    edit.varint(MESSAGE_ENTRIES_MAX + 1)
    edit.raw(new Uint8Array(2 * MESSAGE_ENTRIES_MAX + 2))
    for (const byte of [3, 1, 1, 0]) writer.byte(byte)
    writer.block(edit.done())
    expect(thrownBy(() => decodeClientMessage(writer.done()))).toBe('too_large')
  },
)

test('[S19] a viewer who resumes with edits, or sends a patch, changes nothing', () => {
  const { world, bert } = pair('one')
  bert.canEdit = false
  for (const bytes of connect(bert.client)) world.give(bert, bytes)
  const who = { connection: MALLORY, canEdit: false }
  const edit: Edit = [['t', '', ChangeSet.of({ from: 0, insert: 'x' }, 3)]]
  const heard = say(world.owner, who, resume(0, 1, [edit]))
  expect(heard).toContainEqual(expect.objectContaining({ kind: 'refused', code: 'read_only' }))
  const patch = { kind: 'patch', sid: MALLORY, gen: 2, n: 0, blind: false } as const
  say(world.owner, who, { ...patch, edits: [[{ op: ['f', 'title', 1] }]] })
  say(world.owner, who, { kind: 'edit', gen: 2, n: 1, step: 0, edit })
  expect([world.owner.head, shown(world)[2]]).toEqual([0, 'one'])
  expect(restoreOwner(world.journal).head).toBe(0)
})
