import { expect, it } from 'vitest'

import type { BusSubject } from '../../../../src/hub/bus/bus.ts'
import { Published } from '../../../../src/hub/bus/published.ts'

// The ids are never parsed here.
const subject = (name: string | number): BusSubject => `project.${name}` as BusSubject

it('what was sent is doubtful for five seconds, what could not be sent until it was told', () => {
  let nowMs = 0
  const published = new Published(() => nowMs)
  published.note(subject('unsent'), false)
  published.note(subject('old'), true)
  nowMs += 4_000
  published.note(subject('new'), true)
  expect(published.take()).toEqual([subject('unsent'), subject('old'), subject('new')])
  expect(published.take()).toEqual([])

  published.note(subject('old'), true)
  nowMs += 6_000
  published.note(subject('new'), true)
  expect(published.take()).toEqual([subject('new')])
})

it('what was doubtful when the line was lost stays so, however long that lasts', () => {
  let nowMs = 0
  const published = new Published(() => nowMs)
  published.note(subject('a'), true)
  published.hold()
  nowMs += 3_600_000
  published.note(subject('b'), false)
  expect(published.take()).toEqual([subject('a'), subject('b')])
})

it('more subjects than are kept in mind are all subjects', () => {
  const published = new Published(() => 0)
  for (let number = 0; number <= 10_000; number++) published.note(subject(number), false)
  expect(published.take()).toBe('all')
  expect(published.take()).toEqual([])
})
