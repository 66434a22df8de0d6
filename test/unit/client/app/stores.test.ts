import { afterEach, describe, expect, it, vi } from 'vitest'

import { Value, waitFor } from '../../../../src/client/app/observable.ts'
import { SaveStates } from '../../../../src/client/app/save-state.ts'
import { Toasts } from '../../../../src/client/app/toasts.ts'
import { agoText, durationText, sizeText } from '../../../../src/client/app/words.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('an observable value', () => {
  it('tells its listeners of changes, and only of changes', () => {
    const value = new Value(1)
    const seen: number[] = []
    const stop = value.subscribe(() => seen.push(value.get()))
    value.set(1)
    value.set(2)
    stop()
    value.set(3)
    expect(seen).toEqual([2])
  })

  it('tells the others where one listener throws', () => {
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const value = new Value(1)
    const told = vi.fn()
    value.subscribe(() => {
      throw new Error('bug')
    })
    value.subscribe(told)
    value.set(2)
    expect([reported.mock.calls.length, told.mock.calls.length]).toEqual([1, 1])
  })

  it('is waited for until it fits, or until the signal aborts', async () => {
    const value = new Value(1)
    const waited = waitFor(value, (one) => one > 2, new AbortController().signal)
    value.set(2)
    value.set(3)
    expect(await waited).toBe(3)
    const abort = new AbortController()
    const aborted = waitFor(value, (one) => one > 9, abort.signal)
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  })
})

describe('save states', () => {
  it('hold what each document reports, and wait for all that is unsent', async () => {
    const saves = new SaveStates()
    saves.report('a.md', { state: 'saving', changes: 1, sinceMs: 0 })
    saves.report('b.md', { state: 'saved', changes: 0, sinceMs: 0 })
    saves.remove('b.md')
    expect([...saves.states.get().keys()]).toEqual(['a.md'])
    const kept: string[] = []
    const stop = saves.addKeeper(async () => void kept.push('gone'))
    stop()
    saves.addKeeper(async () => void kept.push('a.md'))
    await saves.keepEverything()
    expect(kept).toEqual(['a.md'])
  })
})

it('shows a toast for ten seconds, and no more than four at once', () => {
  vi.useFakeTimers()
  const toasts = new Toasts()
  for (const text of ['1', '2', '3', '4', '5']) toasts.show(text)
  expect(toasts.list.get().map(({ text }) => text)).toEqual(['2', '3', '4', '5'])
  vi.advanceTimersByTime(10_000)
  expect(toasts.list.get()).toEqual([])
})

it('says sizes and times in words', () => {
  expect([0, 999, 1000, 123_456, 1_999_999_999].map(sizeText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '123 kB',
    '2.0 GB',
  ])
  expect([1, 61_000, 200_000, 3 * 3_600_000, 86_400_000 * 3].map(durationText)).toEqual([
    '1 second',
    '61 seconds',
    '4 minutes',
    '3 hours',
    '3 days',
  ])
  expect(agoText(0, 1000)).toBe('just now')
})
