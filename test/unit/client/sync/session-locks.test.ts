import { afterEach, expect, it } from 'vitest'

import { sessionLocks } from '../../../../src/client/sync/session-locks.ts'
import type { SessionLocks } from '../../../../src/client/sync/session-locks.ts'

const channels: BroadcastChannel[] = []
afterEach(() => {
  for (const channel of channels.splice(0)) channel.close()
})

/** The locks of a browser: each is held by one, and others wait for it in the order in which they asked. */
class BrowserLocks {
  readonly #queues = new Map<string, Promise<void>>()
  readonly asked: string[] = []

  /** The locks as a page of this browser sees them; how it is ended, by which it says nothing any more. */
  page(): SessionLocks & { readonly end: () => void; readonly freeze: () => void } {
    const mine: BroadcastChannel[] = []
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => (end = resolve))
    const locks = sessionLocks({
      request: (name, { signal }, hold) => this.#request(name, signal, hold, ended),
      openChannel: (name) => {
        const channel = new BroadcastChannel(name)
        mine.push(channel)
        channels.push(channel)
        return channel
      },
    })
    const freeze = (): void => {
      for (const channel of mine) channel.close()
    }
    return { ...locks, freeze, end }
  }

  #request(
    name: string,
    signal: AbortSignal,
    hold: () => Promise<void>,
    ended: Promise<void>,
  ): Promise<void> {
    this.asked.push(name)
    const before = this.#queues.get(name) ?? Promise.resolve()
    const aborted = new Promise<'aborted'>((resolve) => {
      signal.addEventListener('abort', () => resolve('aborted'))
    })
    const turn = Promise.race([before.then(() => 'ours' as const), aborted])
    const done = turn.then((whose) =>
      whose === 'ours' ? Promise.race([hold(), ended]) : Promise.reject(new Error('aborted')),
    )
    // Who waits behind one that gave up waits for the one before.
    this.#queues.set(
      name,
      done.catch(() => before),
    )
    return done
  }
}

it('a lock that nobody has is taken at once, and is free when it was given back', async () => {
  const browser = new BrowserLocks()
  const [one, other] = [browser.page(), browser.page()]
  const release = await one.take('a')
  expect(release).toBeDefined()
  release?.()
  expect(await other.take('a')).toBeDefined()
})

it('a page that lives says that it has the lock', async () => {
  const browser = new BrowserLocks()
  const [one, other] = [browser.page(), browser.page()]
  await one.take('a')
  expect(await other.take('a')).toBeUndefined()
  expect(await other.take('b')).toBeDefined()
})

it('the lock of a page that is being closed is waited for', async () => {
  const browser = new BrowserLocks()
  const [closed, opened] = [browser.page(), browser.page()]
  await closed.take('a')
  closed.freeze()
  const taking = opened.take('a')
  expect(browser.asked).toHaveLength(2)
  closed.end()
  expect(await taking).toBeDefined()
})

it('of two pages that wait for one that is being closed, one gets the lock and the other is told', async () => {
  const browser = new BrowserLocks()
  const closed = browser.page()
  await closed.take('a')
  closed.freeze()
  const taking = [browser.page().take('a'), browser.page().take('a')]
  expect(browser.asked).toHaveLength(3)
  closed.end()
  const taken = await Promise.all(taking)
  expect(taken.map((release) => release !== undefined)).toEqual([true, false])
})

it('a page that hangs is not waited for without end', async () => {
  const browser = new BrowserLocks()
  const hung = browser.page()
  await hung.take('a')
  hung.freeze()
  expect(await browser.page().take('a')).toBeUndefined()
})
