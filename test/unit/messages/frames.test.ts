import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  decodeBinaryFrame,
  decodeChannelBody,
  decodeTextFrame,
  encodeBinaryFrame,
  encodeChannelBody,
  encodeTextFrame,
} from '../../../src/messages/frames.ts'
import { BINARY_FRAME_BYTES_MAX, TEXT_FRAME_BYTES_MAX } from '../../../src/messages/limits.ts'
import { parseJson } from '../../../src/messages/parse-json.ts'

const route = fc.integer({ min: 0, max: 0xffff })

describe('frames', () => {
  test('a text frame keeps its route and its text', () => {
    fc.assert(
      fc.property(route, fc.string(), (number, json) => {
        expect(decodeTextFrame(encodeTextFrame(number, json))).toEqual({ route: number, json })
      }),
    )
  })

  test('a binary frame keeps its route, channel and payload', () => {
    fc.assert(
      fc.property(route, fc.nat(), fc.uint8Array(), (number, channel, payload) => {
        const frame = decodeBinaryFrame(
          encodeBinaryFrame(number, encodeChannelBody(channel, payload)),
        )
        expect(frame.route).toBe(number)
        expect(decodeChannelBody(frame.body)).toEqual({ channel, payload })
      }),
    )
  })

  test.each(['', ':', '{}', 'zzzzz:{}', '-1:{}', ' 1:{}', '1', 'A:{}'])(
    'a text frame without a route is refused: %j',
    (frame) => {
      expect(() => decodeTextFrame(frame)).toThrow(expect.objectContaining({ code: 'bad_message' }))
    },
  )

  test('frames over the limit are refused', () => {
    expect(() => decodeTextFrame(`0:${'x'.repeat(TEXT_FRAME_BYTES_MAX)}`)).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
    expect(() => decodeBinaryFrame(new Uint8Array(BINARY_FRAME_BYTES_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
  })

  test('cut and endless numbers are refused', () => {
    for (const bytes of [[], [0x80], Array.from({ length: 9 }, () => 0xff)]) {
      expect(() => decodeBinaryFrame(Uint8Array.from(bytes))).toThrow(
        expect.objectContaining({ code: 'bad_message' }),
      )
      expect(() => decodeChannelBody(Uint8Array.from(bytes))).toThrow(
        expect.objectContaining({ code: 'bad_message' }),
      )
    }
  })
})

describe('JSON from a socket', () => {
  test.each([
    '{"__proto__":{"admin":true}}',
    '[{"a":{"constructor":1}}]',
    '{"\\u005f_proto__":1}',
    '{"prototype":0}',
  ])('a key that would reach a prototype is refused anywhere: %s', (text) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'bad_message' }))
  })

  test('text about such keys is only text', () => {
    expect(parseJson('{"text":"the constructor of __proto__"}')).toEqual({
      text: 'the constructor of __proto__',
    })
  })

  test('what is no JSON is refused, and only its beginning is quoted', () => {
    expect(() => parseJson(`{${'x'.repeat(1_000_000)}`)).toThrow(/^not JSON: \{x{39}$/)
  })
})
