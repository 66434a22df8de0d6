import { expect, test } from 'vitest'

import { startUnderLease } from '../../../../src/project-server/leases/start-under-lease.ts'

const options = {
  hold: new AbortController().signal,
  host: 'a',
  foundEpoch: 7,
  step: () => 3,
  claim: async (epoch: number) => ({ host: 'a', epoch }),
  start: async (epoch: number, check: () => void) => {
    check()
    return epoch
  },
}

test('a start claims an epoch above the found one, and runs in it', async () => {
  expect(await startUnderLease(options)).toBe(10)
  expect(await startUnderLease({ ...options, foundEpoch: undefined })).toBe(3)
})

test('what was claimed by another host, or in another epoch, is not started', async () => {
  const start = (): never => expect.unreachable('started')
  for (const row of [
    { host: 'b', epoch: 10 },
    { host: 'a', epoch: 8 },
  ]) {
    const started = startUnderLease({ ...options, claim: async () => row, start })
    await expect(started).rejects.toMatchObject({ code: 'conflict' })
  }
})

test('a hold that has ended since is noticed at the last moment', async () => {
  const hold = new AbortController()
  const started = startUnderLease({
    ...options,
    hold: hold.signal,
    start: async (epoch, check) => {
      hold.abort()
      check()
      return epoch
    },
  })
  await expect(started).rejects.toMatchObject({ code: 'unavailable' })
})
