import { expect, test } from 'vitest'

import { personName } from '../../../src/messages/ids.ts'

test('a name is one line that turns no text around it', () => {
  for (const name of ['Ann\nBcc: x', 'Ann\u202Eroot', 'Ann\u2066', 'Ann\u2028Bob', ' ']) {
    expect(personName.safeParse(name).success).toBe(false)
  }
  for (const name of ['Ada Lovelace', 'עדה', "<b>O'Neil</b>", '李明', 'नि\u200Dशा']) {
    expect(personName.safeParse(name).success).toBe(true)
  }
})
