import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { silentLogger } from '../../../src/daemon/logging.ts'
import { DatabaseAway } from '../../../src/database/database-away.ts'
import { CatchUp } from '../../../src/hub/catch-up.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const never = new AbortController().signal

describe('catching up', () => {
  it('reads some at a time, and rights before everything else', async () => {
    using catchUp = new CatchUp(silentLogger())
    const order: string[] = []
    let reading = 0
    let most = 0
    const work = (name: string) => async () => {
      most = Math.max(most, ++reading)
      await new Promise((resolve) => setTimeout(resolve, 1))
      order.push(name)
      reading--
    }
    for (let number = 0; number < 100; number++) catchUp.add('views', never, work('view'))
    for (let number = 0; number < 100; number++) catchUp.add('rights', never, work('right'))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(most).toBe(32)
    // The first 32 had begun before any right was asked for.
    expect(order.slice(32, 132)).toEqual(Array.from({ length: 100 }, () => 'right'))
    expect(order).toHaveLength(200)
  })

  it('tries again until the database answers, or nobody waits for it any more', async () => {
    using catchUp = new CatchUp(silentLogger())
    const gone = new AbortController()
    let answered = 0
    let asked = 0
    catchUp.add('rights', never, async () => {
      if (++answered < 4) throw new DatabaseAway('as planned')
    })
    catchUp.add('rights', gone.signal, async () => {
      asked++
      throw new DatabaseAway('as planned')
    })
    await vi.advanceTimersByTimeAsync(600)
    gone.abort()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([answered, asked]).toEqual([4, 2])
  })

  it('does nothing more once it is closed', async () => {
    const catchUp = new CatchUp(silentLogger())
    let asked = 0
    catchUp.add('views', never, async () => {
      asked++
      throw new DatabaseAway('as planned')
    })
    await vi.advanceTimersByTimeAsync(0)
    catchUp[Symbol.dispose]()
    catchUp.add('views', never, async () => void asked++)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toBe(1)
  })
})
