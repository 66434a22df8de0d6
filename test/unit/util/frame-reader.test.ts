import fc from 'fast-check'
import { expect, test } from 'vitest'

import { encodeFrame, FrameReader } from '../../../src/util/frame-reader.ts'
import { readVarint, varintLength, writeVarint } from '../../../src/util/varint.ts'

test('frames come out as they went in, however the stream was cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.array(fc.integer({ min: 1, max: 30 })),
      (frames, cuts) => {
        const stream = Buffer.concat(frames.map((frame) => encodeFrame([frame])))
        const reader = new FrameReader(64)
        const read: Uint8Array[] = []
        let at = 0
        for (let index = 0; at < stream.length; index++) {
          const end = at + (cuts[index % cuts.length] ?? 7)
          read.push(...reader.push(stream.subarray(at, end)).map((frame) => frame.slice()))
          at = end
        }
        expect(read.map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
      },
    ),
  )
})

test('a frame over the limit is refused by its header alone', () => {
  const reader = new FrameReader(10)
  expect(() => reader.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).toThrow(
    /4294967295 bytes.*limit is 10/,
  )
})

test('a varint is read back, and one that is cut or too long is not read', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(varintLength(value))
      expect(writeVarint(bytes, 0, value)).toBe(bytes.length)
      expect(readVarint(bytes, 0)).toEqual({ value, end: bytes.length })
      expect(readVarint(bytes.subarray(0, -1), 0)).toBeUndefined()
    }),
  )
  expect(readVarint(new Uint8Array(8).fill(0xff), 0)).toBeUndefined()
})
