import { expect, test } from 'vitest'

import { inTurns } from '../../../../src/local-hub/documents/turns.ts'
import type { Steps } from '../../../../src/sync/steps.ts'

test('what waits has its turn between two steps', async () => {
  const happened: string[] = []
  function* steps(): Steps<string> {
    for (const step of ['one', 'two', 'three']) {
      happened.push(step)
      setImmediate(() => happened.push(`after ${step}`))
      yield
    }
    return 'end'
  }
  expect(await inTurns(steps())).toBe('end')
  expect(happened).toEqual(['one', 'after one', 'two', 'after two', 'three', 'after three'])
})

test('a step that fails ends the work with what it threw', async () => {
  function* steps(): Steps<never> {
    yield
    throw new Error('no')
  }
  await expect(inTurns(steps())).rejects.toThrow('no')
})
