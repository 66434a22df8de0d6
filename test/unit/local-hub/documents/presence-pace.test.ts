import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { PresencePace } from '../../../../src/local-hub/documents/presence-pace.ts'
import { EMPTY_STATE } from '../../../../src/sync/document-state.ts'
import { createOwner } from '../../../../src/sync/open-owner.ts'
import { takeTurn } from '../../../../src/sync/outbox.ts'
import type { Owner, Send } from '../../../../src/sync/owner.ts'
import { receiveAtOwner } from '../../../../src/sync/receive.ts'
import { encodeClientMessage } from '../../../../src/sync/wire-client.ts'
import { decodeOwnerMessage } from '../../../../src/sync/wire-owner.ts'

let owner: Owner
let sent: Send[]
let pace: PresencePace

beforeEach(() => {
  vi.useFakeTimers()
  owner = createOwner({ term: 1, state: EMPTY_STATE })
  sent = []
  pace = new PresencePace({ owner, send: (send) => sent.push(send) })
  for (const name of ['ada', 'bob', 'eve']) give(name, { kind: 'join', sid: name, gen: 1 })
  takeTurn(owner)
})
afterEach(() => {
  pace.close()
  vi.useRealTimers()
})

function give(name: string, message: Parameters<typeof encodeClientMessage>[0]): void {
  const person = { accountId: name, name, canEdit: true }
  receiveAtOwner(owner, { connection: name, person }, encodeClientMessage(message), 1)
}

function move(name: string, head: number): void {
  give(name, { kind: 'presence', data: { head } })
  takeTurn(owner, { holdPresence: true })
  pace.look()
}

test('the first move is told at once, and of those that follow the last of each person, ten times a second', () => {
  move('ada', 1)
  expect(sent.length).toBe(1)
  for (let head = 2; head < 50; head++) {
    move('ada', head)
    move('bob', head)
  }
  expect(sent.length).toBe(1)
  vi.advanceTimersByTime(200)
  expect(sent.length).toBe(2)
  expect(decodeOwnerMessage(sent[1]?.bytes ?? new Uint8Array())).toMatchObject({
    kind: 'presences',
    people: [{ data: { head: 49 } }, { data: { head: 49 } }],
  })
})

test('a client that tells its place without end costs the others ten messages a second', () => {
  for (let ms = 0; ms < 1000; ms++) {
    move('eve', ms)
    vi.advanceTimersByTime(1)
  }
  expect(sent.length).toBeGreaterThan(5)
  expect(sent.length).toBeLessThanOrEqual(10)
})

test('nothing is sent after the document is closed', () => {
  move('ada', 1)
  move('ada', 2)
  pace.close()
  vi.advanceTimersByTime(5000)
  expect(sent.length).toBe(1)
})
