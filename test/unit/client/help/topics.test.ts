import { expect, it } from 'vitest'

import { passwordHint } from '../../../../src/client/account/password-strength.ts'
import { searchTopics, TOPICS } from '../../../../src/client/help/topics.ts'
import { initialsOf } from '../../../../src/client/ui/avatar.tsx'

it('finds topics by all words of a query, titles first', () => {
  expect(searchTopics('')).toEqual(TOPICS)
  expect(searchTopics('trash').map(({ title }) => title)).toEqual([
    'Deleted files',
    'Deleted projects',
  ])
  expect(searchTopics('deleted projects')[0]?.title).toBe('Deleted projects')
  expect(searchTopics('no such thing at all')).toEqual([])
})

it('hints at the strength of a password', () => {
  expect(passwordHint('short').tone).toBe('weak')
  expect(passwordHint('aaaaaaaaaa').tone).toBe('weak')
  expect(passwordHint('correct hors').tone).toBe('fair')
  expect(passwordHint('correct horse battery').tone).toBe('good')
})

it('makes initials of a name', () => {
  expect(['Ada Lovelace', 'plato', 'J. R. R. Tolkien', ''].map(initialsOf)).toEqual([
    'AL',
    'P',
    'JT',
    '',
  ])
})
