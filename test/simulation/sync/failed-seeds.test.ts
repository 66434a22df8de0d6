import { describe, test } from 'vitest'

import { runSchedule } from './schedule.ts'

/** Seeds that failed once, and why. What a seed does changes with the schedules: the reason has a test of its own. */
const FAILED = [
  [
    3,
    'undo: an editor had the text of a cell still that was deleted and made again in one message',
  ],
  [10, 'another worker: items of the owner before were read with the numbers of the next one'],
  [396, 'undo: the text of a cell came back that somebody else had deleted too, without the cell'],
  [710, 'a page that was refused closed while it joined again: its text had a number already used'],
  [1325, 'repair: a deletion that was done again took along what others had typed in the cell'],
  [1533, 'disk: a character that shares half of its pair with a new one was replaced by itself'],
  [1887, 'disk: what was typed in a cell was followed into another cell of the same name'],
  [2447, 'repair: a cell that was made again was to stand after itself'],
  [258_008_466, 'what was refused was committed by an older attempt, in a later life of the owner'],
  [258_018_575, 'an editor had the text of a cell still that a pending insert had made again'],
  [
    259_384_091,
    'test: what a program wrote into a deleted cell went with segments that were deleted',
  ],
] as const

describe('schedules that failed once', () => {
  for (const [seed, reason] of FAILED)
    test(`seed ${seed}: ${reason}`, () => {
      runSchedule(seed)
    })
})
