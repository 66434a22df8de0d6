import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decodeText, encodeText, TEXT_BYTES_MAX } from '../../../src/documents/text-bytes.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('the bytes of a text file', () => {
  test.each([
    ['plain\nlines\n', 'plain\nlines\n', false, 'lf'],
    ['', '', false, 'lf'],
    ['no end', 'no end', false, 'lf'],
    ['a\r\nb\r\n', 'a\nb\n', false, 'crlf'],
    ['a\r\nb', 'a\nb', false, 'crlf'],
    ['a\r\nb\n', 'a\r\nb\n', false, 'lf'],
    ['a\rb\r\n', 'a\rb\r\n', false, 'lf'],
    ['a\r\nb\r', 'a\r\nb\r', false, 'lf'],
    ['\r\r\n', '\r\r\n', false, 'lf'],
    ['\n', '\n', false, 'lf'],
    ['\uFEFFa\r\n', 'a\n', true, 'crlf'],
    ['\uFEFF', '', true, 'lf'],
    ['𝔸e\u0301שלום', '𝔸e\u0301שלום', false, 'lf'],
  ])('%j is %j', (file, text, bom, lineEnding) => {
    const decoded = decodeText(bytesOf(file))
    expect(decoded).toEqual({ text, form: { bom, lineEnding } })
    expect(encodeText(decoded.text, decoded.form)).toEqual(bytesOf(file))
  })

  test('come back as they were, whatever they are', () => {
    const piece = fc.constantFrom('\n', '\r\n', '\r', 'a', 'ä', '𝔸', '\uFEFF', ' ')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const bytes = bytesOf(pieces.join(''))
        const { text, form } = decodeText(bytes)
        expect(encodeText(text, form)).toEqual(bytes)
      }),
    )
  })

  test.each([
    ['an invalid sequence', Uint8Array.of(0x61, 0xff, 0x62)],
    ['a sequence that is cut off', Uint8Array.of(0x61, 0xe2, 0x82)],
    ['a surrogate', Uint8Array.of(0xed, 0xa0, 0x80)],
    ['a NUL near the beginning', Uint8Array.of(0x61, 0)],
  ])('are refused as not_text for %s', (_name, bytes) => {
    expect(() => decodeText(bytes)).toThrow(expect.objectContaining({ code: 'not_text' }))
  })

  test('may hold a NUL far behind', () => {
    const file = `${'x'.repeat(9000)}\0`
    expect(decodeText(bytesOf(file)).text).toBe(file)
  })

  test('are refused as too_large above the limit', () => {
    expect(() => decodeText(new Uint8Array(TEXT_BYTES_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
  })
})
