import { describe, expect, it } from 'vitest'

import { BEAT_MS, HeardHubs, SILENT_MS } from '../../../../src/hub/bus/heard-hubs.ts'
import type { HubBeat } from '../../../../src/messages/hub-to-hub.ts'

/** One hub, `m`, whose clock and whose ears are the test's. */
function listeningHub() {
  let nowMs = 0
  let missed = 0
  let changes = 0
  const hubs = new HeardHubs({
    self: { hubId: 'm', life: 'mine' },
    now: () => nowMs,
    onMissed: () => missed++,
    onChange: () => changes++,
  })
  return {
    hubs,
    missed: () => missed,
    changes: () => changes,
    hear: (hubId: string, beat: number, more: Partial<HubBeat> = {}) =>
      hubs.heard({
        ...{ hubId, life: `life of ${hubId}`, beat, leaving: false, draining: false },
        ...{ build: 'b', clients: 0 },
        ...more,
      }),
    /** Beat by beat. */
    pass: (ms: number, each: () => void = () => undefined) => {
      for (const end = nowMs + ms; nowMs < end;) {
        nowMs += BEAT_MS
        each()
        hubs.tick()
      }
    },
    /** The process was held up. */
    sleep: (ms: number) => {
      nowMs += ms
      hubs.tick()
    },
  }
}

describe('the hubs that are heard', () => {
  it('are known from their first beat to their good-bye, after which silence means nothing', () => {
    const { hubs, hear, missed, pass } = listeningHub()
    hear('a', 1)
    expect(hubs.others.map(({ hubId }) => hubId)).toEqual(['a'])
    hear('a', 2, { leaving: true })
    expect(hubs.others).toEqual([])
    pass(10 * SILENT_MS)
    expect(missed()).toBe(0)
  })

  it('have lost something where a beat is missing, and nothing where one comes twice', () => {
    const { hear, missed } = listeningHub()
    hear('a', 7)
    hear('a', 8)
    hear('a', 8)
    expect(missed()).toBe(0)
    hear('a', 10)
    expect(missed()).toBe(1)
  })

  it('are gone after a silence, which may have cost events, as may their coming back', () => {
    const { hubs, hear, missed, pass } = listeningHub()
    hear('a', 1)
    pass(SILENT_MS - BEAT_MS)
    expect(missed()).toBe(0)
    pass(BEAT_MS)
    expect([missed(), hubs.others]).toEqual([1, []])
    hear('a', 2)
    expect(missed()).toBe(2)
    hear('a', 3)
    expect(missed()).toBe(2)
  })

  it('are not gone because this hub was held up itself', () => {
    const { hubs, hear, missed, sleep } = listeningHub()
    hear('a', 1)
    sleep(10 * SILENT_MS)
    expect([missed(), hubs.others.length]).toEqual([0, 1])
  })

  it('have one steward: the first by name of those that do not drain', () => {
    const { hubs, hear, pass } = listeningHub()
    let beat = 0
    pass(SILENT_MS, () => hear('a', ++beat))
    expect(hubs.isSteward).toBe(false)
    hear('a', ++beat, { draining: true })
    expect(hubs.isSteward).toBe(true)
    hear('a', ++beat, { leaving: true })
    hear('z', 1)
    expect(hubs.isSteward).toBe(true)
  })

  it('are listened to for a while before this hub takes itself for the first', () => {
    const { hubs, changes, pass } = listeningHub()
    pass(SILENT_MS - BEAT_MS)
    expect([hubs.isSteward, changes()]).toEqual([false, 0])
    pass(BEAT_MS)
    expect([hubs.isSteward, changes()]).toEqual([true, 1])
    hubs.listenAnew()
    expect([hubs.isSteward, changes()]).toEqual([false, 2])
  })
})
