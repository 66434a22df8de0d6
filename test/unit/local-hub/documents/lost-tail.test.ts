import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { LostTail } from '../../../../src/local-hub/documents/lost-tail.ts'
import { connect } from '../../../../src/sync/client-local.ts'
import { createClient } from '../../../../src/sync/client.ts'
import { stateOfText } from '../../../../src/sync/document-state.ts'
import { createOwner } from '../../../../src/sync/open-owner.ts'
import { receiveAtOwner } from '../../../../src/sync/receive.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A document whose end may be lost, and what tells when it goes on. */
function lost() {
  const owner = createOwner({ term: 1, state: stateOfText('') })
  const tail = new LostTail({ owner, reason: 'of the test', term: () => 2 })
  const ended = vi.fn()
  void tail.ended.then(ended)
  const come = (): void => {
    const person = { accountId: 'ann', name: 'Ann', canEdit: true }
    for (const bytes of connect(createClient('sid')))
      receiveAtOwner(owner, { connection: 'c', person }, bytes, 0)
    tail.look()
  }
  return { ended, come }
}

it('goes on three seconds after the opening, where somebody has come', async () => {
  const { ended, come } = lost()
  come()
  await vi.advanceTimersByTimeAsync(2_900)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(200)
  expect(ended).toHaveBeenCalled()
})

it('waits for the first that comes, on a machine so busy that it comes late', async () => {
  const { ended, come } = lost()
  await vi.advanceTimersByTimeAsync(6_000)
  expect(ended).not.toHaveBeenCalled()
  come()
  await vi.advanceTimersByTimeAsync(0)
  expect(ended).toHaveBeenCalled()
})

it('goes on after ten seconds, where nobody comes', async () => {
  const { ended } = lost()
  await vi.advanceTimersByTimeAsync(9_900)
  expect(ended).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(200)
  expect([ended.mock.calls.length, vi.getTimerCount()]).toEqual([1, 0])
})
