import { ChangeSet } from '@codemirror/state'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { UnsentKeeper } from '../../../../src/client/sync/unsent-keeper.ts'
import type { KeptUnsent, UnsentStore } from '../../../../src/client/sync/unsent-store.ts'
import { createClient } from '../../../../src/sync/client.ts'
import { applyEdit } from '../../../../src/sync/apply.ts'
import type { Client, UnsentState } from '../../../../src/sync/client.ts'
import {
  connect,
  disconnected,
  exportUnsent,
  flush,
  importUnsent,
  localChange,
} from '../../../../src/sync/client-local.ts'
import { receiveAtClient } from '../../../../src/sync/client-receive.ts'
import { stateOfText, stringOf } from '../../../../src/sync/document-state.ts'
import { textEdit } from '../../../../src/sync/edit.ts'
import { createOwner } from '../../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../../src/sync/outbox.ts'
import { placePatch } from '../../../../src/sync/patch.ts'
import { receiveAtOwner } from '../../../../src/sync/receive.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A store in memory that counts what is written to it, in characters of JSON. */
class CountingStore {
  readonly records = new Map<string, KeptUnsent>()
  puts = 0
  written = 0
  fails = false
  readonly store: UnsentStore = {
    put: async (record) => {
      this.#count(record)
      this.puts++
      this.records.set(record.sid, { changes: 1, ...structuredClone(record), steps: [] })
    },
    append: async ({ sid, changes, steps }) => {
      this.#count(steps)
      const record = this.records.get(sid)
      if (!record) throw new Error('steps without a record')
      const all = [...record.steps, ...structuredClone(steps)]
      this.records.set(sid, { ...record, changes, steps: all })
    },
    remove: async (sid) => {
      this.#count(sid)
      this.records.delete(sid)
    },
    ofDocument: async () => [...this.records.values()],
    putKept: async () => undefined,
    removeKept: async () => undefined,
    keptOfDocument: async () => [],
  }

  #count(value: unknown): void {
    if (this.fails) throw new DOMException('the disk is full', 'QuotaExceededError')
    this.written += JSON.stringify(value).length
  }
}

const locks = { take: async () => () => undefined }

function keeperOf({ store }: CountingStore): UnsentKeeper {
  const document = 'a document'
  return new UnsentKeeper({ store, locks, document, now: () => Date.now(), changes: () => 7 })
}

const PERSON = { accountId: 'ann', name: 'Ann', canEdit: true }

/** A page that shows its document. */
async function pageOf(keeper: UnsentKeeper) {
  const owner = createOwner({ term: 1, state: stateOfText('') })
  const client = createClient('sid')
  await keeper.follow(client, false)
  /** To the owner, and what it answers back. */
  const deliver = (messages: readonly Uint8Array[]): void => {
    let waiting = messages
    while (waiting.length > 0) {
      for (const bytes of waiting)
        receiveAtOwner(owner, { connection: 'c', person: PERSON }, bytes, 0)
      waiting = takeTurn(owner).sends.flatMap(({ bytes }) => receiveAtClient(client, bytes).send)
    }
  }
  deliver(connect(client))
  return {
    client,
    deliver,
    type: (from: number, insert: string): void => {
      const { length } = stringOf(client.view, '')
      const edit = textEdit('', ChangeSet.of({ from, insert }, length, '\n'))
      const before = client.view
      localChange(client, edit, { undo: 'join' })
      keeper.typed(edit, before)
      keeper.changed()
    },
    /** Seals, and gives what is to be sent. */
    seal: (): readonly Uint8Array[] => {
      const sealed = client.stack.length
      const messages = flush(client)
      if (client.stack.length > sealed) keeper.sealed()
      return messages
    },
  }
}

/** What is unsent, without how it would be said to who does not know the document. */
function edits(client: Client) {
  const { patch: _patch, ...state } = exportUnsent(client)
  return state
}

/** The document that patches make of the empty one. */
function patched({ patch = [] }: UnsentState): string {
  const state = patch.reduce(
    (before, edit) => applyEdit(before, placePatch(before, edit, { blind: false }).edit),
    stateOfText(''),
  )
  return stringOf(state, '')
}

async function adopted(stored: CountingStore) {
  const [orphan] = await keeperOf(stored).adopt()
  const client = createClient('sid')
  if (!orphan) throw new Error('nothing was kept')
  importUnsent(client, orphan.state)
  return { client, state: orphan.state }
}

const KEYS = 5000

describe('keeping what is unsent', () => {
  it('writes what was typed, not all of it anew, however long the route is away', async () => {
    const stored = new CountingStore()
    const { client, type } = await pageOf(keeperOf(stored))
    disconnected(client)
    for (let key = 0; key < KEYS; key++) {
      type((key * 7919) % (key + 1), 'x')
      await vi.advanceTimersByTimeAsync(60)
    }
    const whole = JSON.stringify(exportUnsent(client)).length
    expect(stored.puts).toBeLessThan(12)
    expect(stored.written).toBeLessThan(12 * whole + 200 * KEYS)
    const again = await adopted(stored)
    expect(edits(again.client)).toEqual(edits(client))
    expect(again.state.patch).toHaveLength(1)
  })

  it('says that all is kept once it is, and not before', async () => {
    const stored = new CountingStore()
    const keeper = keeperOf(stored)
    const { client, type } = await pageOf(keeper)
    disconnected(client)
    const said: [boolean, number][] = []
    keeper.keepsAll.subscribe(() => said.push([keeper.keepsAll.get(), stored.written]))
    type(0, 'a')
    await vi.advanceTimersByTimeAsync(20)
    const { written } = stored
    type(1, 'b')
    await vi.runAllTimersAsync()
    expect(written).toBeGreaterThan(0)
    expect(stored.written).toBeGreaterThan(written)
    expect(said).toEqual([
      [false, 0],
      [true, stored.written],
    ])
  })

  it('never says that all is kept where it is not', async () => {
    const stored = new CountingStore()
    stored.fails = true
    const keeper = keeperOf(stored)
    const { client, type } = await pageOf(keeper)
    disconnected(client)
    const said: boolean[] = []
    keeper.keepsAll.subscribe(() => said.push(keeper.keepsAll.get()))
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    type(0, 'a')
    await vi.runAllTimersAsync()
    expect(told).toHaveBeenCalled()
    told.mockRestore()
    expect(said).toEqual([false])
    stored.fails = false
    type(1, 'b')
    await vi.runAllTimersAsync()
    expect(said).toEqual([false, true])
    expect(edits((await adopted(stored)).client)).toEqual(edits(client))
  })

  it('a page that is left asks for its last write without waiting for the one before', async () => {
    const stored = new CountingStore()
    let heard = (): void => undefined
    const store: UnsentStore = {
      ...stored.store,
      put: async (record) => {
        await stored.store.put(record)
        await new Promise<void>((resolve) => (heard = resolve))
      },
    }
    const options = { locks, document: 'a document', now: () => Date.now(), changes: () => 7 }
    const keeper = new UnsentKeeper({ ...options, store })
    const { client, type } = await pageOf(keeper)
    disconnected(client)
    type(0, 'a')
    await vi.advanceTimersByTimeAsync(20)
    type(1, 'b')
    keeper.leave()
    await vi.advanceTimersByTimeAsync(0)
    expect(edits((await adopted(stored)).client)).toEqual(edits(client))
    heard()
    await vi.runAllTimersAsync()
  })

  it('adopts what a tab that was being closed has written last', async () => {
    const stored = new CountingStore()
    const { client, type } = await pageOf(keeperOf(stored))
    disconnected(client)
    type(0, 'a')
    await vi.runAllTimersAsync()
    const take = async () => {
      type(1, 'b')
      await vi.runAllTimersAsync()
      return () => undefined
    }
    const options = { document: 'a document', now: () => Date.now(), changes: () => 7 }
    const [orphan] = await new UnsentKeeper({
      ...options,
      store: stored.store,
      locks: { take },
    }).adopt()
    expect(orphan?.state.buffer).toEqual(exportUnsent(client).buffer)
  })

  it('gives back what was sealed as it was sealed', async () => {
    const stored = new CountingStore()
    const { client, type, seal } = await pageOf(keeperOf(stored))
    for (const [at, letter] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      type(at, letter)
      if (letter !== 'c' && letter !== 'e') seal()
      await vi.advanceTimersByTimeAsync(60)
    }
    const again = await adopted(stored)
    expect(edits(again.client)).toEqual(edits(client))
    const { stack, buffer } = again.client
    expect([stack.length, buffer.length, again.state.patch?.length]).toEqual([3, 1, 4])
    expect([patched(again.state), patched(exportUnsent(client))]).toEqual(['abcde', 'abcde'])
  })

  it('writes all anew when what is unsent was mapped', async () => {
    const stored = new CountingStore()
    const keeper = keeperOf(stored)
    const { client, type } = await pageOf(keeper)
    type(0, 'abc')
    await vi.advanceTimersByTimeAsync(60)
    connect(client)
    keeper.moved()
    await vi.advanceTimersByTimeAsync(60)
    type(3, 'd')
    await vi.advanceTimersByTimeAsync(60)
    expect(edits((await adopted(stored)).client)).toEqual(edits(client))
  })

  it('keeps nothing when everything is acknowledged', async () => {
    const stored = new CountingStore()
    const keeper = keeperOf(stored)
    const { type, seal, deliver } = await pageOf(keeper)
    type(0, 'abc')
    await vi.advanceTimersByTimeAsync(60)
    expect(stored.records.size).toBe(1)
    deliver(seal())
    keeper.acknowledged()
    await vi.advanceTimersByTimeAsync(60)
    expect([stored.records.size, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('writes nothing of keys that are acknowledged within a frame', async () => {
    const stored = new CountingStore()
    const keeper = keeperOf(stored)
    const { type, seal, deliver } = await pageOf(keeper)
    for (let key = 0; key < 10; key++) {
      type(key, 'x')
      deliver(seal())
      keeper.acknowledged()
      await vi.advanceTimersByTimeAsync(30)
    }
    expect(stored.written).toBe(0)
  })

  it('says that it does not work when the browser has no room, and that it does when there is', async () => {
    const stored = new CountingStore()
    const complaints = vi.spyOn(console, 'error').mockReturnValue(undefined)
    const keeper = keeperOf(stored)
    const { client, type } = await pageOf(keeper)
    stored.fails = true
    type(0, 'abc')
    await vi.advanceTimersByTimeAsync(60)
    expect([keeper.works.get(), vi.getTimerCount()]).toEqual([false, 0])
    stored.fails = false
    type(3, 'd')
    await vi.advanceTimersByTimeAsync(60)
    expect(keeper.works.get()).toBe(true)
    expect(edits((await adopted(stored)).client)).toEqual(edits(client))
    expect(complaints).toHaveBeenCalledOnce()
    complaints.mockRestore()
  })

  it('rests after a long write, so that a large paste is not written with each change of others', async () => {
    const stored = new CountingStore()
    const slow: UnsentStore = {
      ...stored.store,
      put: async (record) => {
        await new Promise((resolve) => setTimeout(resolve, 100))
        await stored.store.put(record)
      },
    }
    const keeper = new UnsentKeeper({
      store: slow,
      locks,
      document: 'a document',
      now: () => Date.now(),
      changes: () => 1,
    })
    const { type } = await pageOf(keeper)
    type(0, 'x')
    for (let ms = 0; ms < 5000; ms += 60) {
      keeper.moved()
      await vi.advanceTimersByTimeAsync(60)
    }
    expect(stored.puts).toBeLessThanOrEqual(5)
  })
})
