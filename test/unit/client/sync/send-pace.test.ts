import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { SendPace } from '../../../../src/client/sync/send-pace.ts'

/** Another person typing fast, and a full room of them. */
const BUSY_ROOM_ITEMS_PER_SECOND = 400

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A typist whose edits are acknowledged when the test says so. */
function typist(company = false) {
  const sentMs: number[] = []
  const startMs = Date.now()
  let inFlight = 0
  const pace = new SendPace({
    send: () => {
      sentMs.push(Date.now() - startMs)
      inFlight++
    },
    now: Date.now,
    inCompany: () => company,
    inFlight: () => inFlight,
  })
  return {
    sentMs,
    pace,
    type: () => pace.ask(),
    acknowledge: () => pace.received(0, inFlight--),
    wait: (ms: number) => vi.advanceTimersByTime(ms),
  }
}

describe('the pace of sending', () => {
  it('sends each key of a lone typist in the task in which it is typed', () => {
    const { type, wait, sentMs } = typist()
    for (let key = 0; key < 5; key++) {
      type()
      expect(sentMs).toHaveLength(key + 1)
      wait(7)
    }
    expect(sentMs).toEqual([0, 7, 14, 21, 28])
  })

  it('sends the first key at once in company, and the next when that is acknowledged', () => {
    const { type, wait, acknowledge, sentMs } = typist(true)
    type()
    wait(5)
    type()
    wait(5)
    acknowledge()
    expect(sentMs).toEqual([0, 10])
  })

  it('waits 50 ms at most for an acknowledgement in company', () => {
    const { type, wait, sentMs } = typist(true)
    for (let key = 0; key < 29; key++) {
      type()
      wait(5)
    }
    expect(sentMs).toEqual([0, 50, 100])
  })

  it('sends every 50 ms while changes of others pour in, acknowledged or not', () => {
    const { type, wait, pace, acknowledge, sentMs } = typist(true)
    for (let ms = 0; ms < 1000; ms += 10) {
      pace.received(BUSY_ROOM_ITEMS_PER_SECOND / 100, 0)
      wait(10)
    }
    for (let ms = 0; ms < 190; ms += 10) {
      pace.received(BUSY_ROOM_ITEMS_PER_SECOND / 100, 0)
      type()
      acknowledge()
      wait(10)
    }
    expect(sentMs).toEqual([1000, 1050, 1100, 1150])
  })

  it('sends every 50 ms when edits of a lone typist pile up', () => {
    const { type, wait, sentMs } = typist()
    for (let key = 0; key < 30; key++) {
      type()
      wait(5)
    }
    expect(sentMs).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 85, 135])
  })

  it('takes a person for alone again when nobody changed anything for five seconds', () => {
    const { type, wait, pace, sentMs } = typist()
    pace.received(1, 0)
    type()
    wait(10)
    type()
    expect(sentMs).toEqual([0])
    wait(6000)
    type()
    wait(10)
    type()
    expect(sentMs).toEqual([0, 50, 6010, 6020])
  })

  it('leaves no timer behind', () => {
    const { type, pace, sentMs } = typist(true)
    type()
    type()
    pace.close()
    expect([vi.getTimerCount(), sentMs]).toEqual([0, [0]])
  })
})
