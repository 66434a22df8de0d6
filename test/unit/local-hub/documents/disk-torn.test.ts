import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { isTorn } from '../../../../src/local-hub/documents/disk-torn.ts'

const bytes = fc.uint8Array({ maxLength: 12, max: 2 })

test('what a write in place leaves at any moment is torn', () => {
  fc.assert(
    fc.property(bytes, bytes, (before, after) => {
      const file = [...before]
      const look = (): void => {
        expect(isTorn(Uint8Array.from(file), before, after)).toBe(true)
      }
      look()
      for (const byte of after.subarray(before.length)) {
        file.push(byte)
        look()
      }
      for (const [at, byte] of after.subarray(0, before.length).entries()) {
        file[at] = byte
        look()
      }
    }),
  )
})

test('a byte that is neither what was there nor what was to be there is somebody else’s', () => {
  const before = Buffer.from('abcdef')
  const after = Buffer.from('ABCDEFGH')
  expect(isTorn(Buffer.from('ABcdefGH'), before, after)).toBe(true)
  for (const other of ['ABxdefGH', 'ABcdefGX', 'abCdefGH', 'ABcde', 'ABcdefGHI', '']) {
    expect(isTorn(Buffer.from(other), before, after), other).toBe(false)
  }
})
