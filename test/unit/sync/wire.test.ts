import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { joinFragment, toFragments } from '../../../src/sync/fragments.ts'
import { toChange } from '../../../src/sync/edit.ts'
import type { ClientMessage, OwnerMessage } from '../../../src/sync/messages.ts'
import { decodeClientMessage, encodeClientMessage } from '../../../src/sync/wire-client.ts'
import { decodeOwnerMessage, encodeOwnerMessage } from '../../../src/sync/wire-owner.ts'
import { codeOf } from '../../../src/util/coded-error.ts'
import { START, insertAt, randomEdit } from './random-edit.ts'

const CODES = ['bad_message', 'too_large']

function clientMessages(seed: number): ClientMessage[] {
  const edit = randomEdit(START, seed, 'W')
  const hunk = {
    at: 3,
    before: 'b',
    deleted: 'd',
    inserted: 'é\u{1F600}',
    after: '',
  }
  return [
    { kind: 'join', sid: 's1', gen: seed },
    {
      kind: 'resume',
      sid: 's1',
      gen: 300,
      snapshot: seed % 2 === 0,
      term: 2 ** 40,
      m: 7,
      n: 3,
      edits: [edit, edit],
    },
    { kind: 'edit', gen: 255, n: 0, step: 129, edit },
    { kind: 'ack', m: 2 ** 33 },
    { kind: 'check', v: 1, hash: 2 ** 52 + 1 },
    { kind: 'presence', data: { part: '', head: 3 } },
    {
      kind: 'patch',
      sid: 's1',
      gen: 1,
      n: 7,
      blind: true,
      edits: [[{ part: 'a.input', hunks: [hunk, hunk] }, { op: ['f', 'a.hidden', 1] }], []],
    },
    {
      kind: 'have_items',
      v: 9,
      authors: [{ index: 4, sid: 's', accountId: 'a', name: 'Zoë' }],
      items: [{ term: 3, by: 4, edit }],
    },
    { kind: 'diverged', v: 300, texts: [{ part: 'a.input', text: 'x' }] },
    { kind: 'dismiss', id: '1.2.3' },
  ]
}

function ownerMessages(seed: number): OwnerMessage[] {
  const items = [{ by: 200, edit: randomEdit(START, seed, 'X') }]
  return [
    {
      kind: 'joined',
      gen: 1,
      self: 2,
      n: 3,
      term: 4,
      v: 5,
      chunks: 6,
      liveTerm: 8,
      sum: 2 ** 32 - 1,
    },
    { kind: 'snapshot', v: 5, index: 0, bytes: new Uint8Array([1, 2, 3]) },
    { kind: 'resumed', gen: 1, self: 2, term: 3 },
    { kind: 'authors', authors: [{ index: 1, sid: 's', accountId: 'a', name: 'Zoë' }] },
    { kind: 'items', v: 6, sum: 2 ** 32 - 1, items },
    { kind: 'items_full', term: 9, v: 6, sum: 0, items },
    { kind: 'resend' },
    { kind: 'refused', gen: 1, n: 2, code: 'read_only', message: 'no' },
    { kind: 'forked', gen: 1, base: 2, head: 300, terms: [{ term: 2 ** 31, v: 2 }] },
    { kind: 'saved', v: 12 },
    { kind: 'presence', by: 3, data: null },
    { kind: 'mismatch', v: 4 },
    { kind: 'patch_result', gen: 1, changes: 2, unplaced: 200 },
    { kind: 'want_items', v: 3, term: 5 },
    { kind: 'rescued', pieces: [{ id: '1.2.3', part: '', text: 'é' }] },
  ]
}

/** With edits as JSON: what matters of a ChangeSet. */
function plain(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message))
}

describe('messages', () => {
  test('each is the same after its wire form', () => {
    const property = fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
      for (const message of clientMessages(seed))
        expect(plain(decodeClientMessage(encodeClientMessage(message)))).toEqual(plain(message))
      for (const message of ownerMessages(seed))
        expect(plain(decodeOwnerMessage(encodeOwnerMessage(message)))).toEqual(plain(message))
    })
    fc.assert(property, { numRuns: 100 })
  })

  test('a typed character takes 13 bytes up and 16 down', () => {
    const edit = [['t', '', insertAt(5000, 'x', 10_000)] as const]
    const up = encodeClientMessage({ kind: 'edit', gen: 1, n: 5, step: 0, edit })
    const down = encodeOwnerMessage({ kind: 'items', v: 100, sum: 7, items: [{ by: 1, edit }] })
    expect([up.length, down.length]).toEqual([13, 16])
    expect(toChange(edit)).toEqual([['t', '', [5000, [0, 'x'], 5000]]])
  })

  test('[S18] an unknown kind is ignored, and so is what stands behind known fields', () => {
    expect(decodeClientMessage(new Uint8Array([99, 1, 2]))).toBe(undefined)
    expect(decodeOwnerMessage(new Uint8Array([99]))).toBe(undefined)
    const saved = encodeOwnerMessage({ kind: 'saved', v: 12 })
    expect(decodeOwnerMessage(new Uint8Array([...saved, 7, 7]))).toEqual({ kind: 'saved', v: 12 })
    const ack = encodeClientMessage({ kind: 'ack', m: 3 })
    expect(decodeClientMessage(new Uint8Array([...ack, 7]))).toEqual({ kind: 'ack', m: 3 })
  })

  test('[S17] whatever bytes come, they are a message, ignored, or refused with a code', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const decode of [decodeClientMessage, decodeOwnerMessage]) {
        try {
          decode(bytes)
        } catch (error) {
          expect(CODES).toContain(codeOf(error))
        }
      }
    })
    fc.assert(property, { numRuns: 3000 })
  })

  test('[S17] a message that is cut off anywhere is refused with a code or shorter, never half a text', () => {
    const bytes = encodeClientMessage({
      kind: 'edit',
      gen: 1,
      n: 1,
      step: 0,
      edit: [['t', 'a.input', insertAt(3, 'h\u{1F600}', 5)]],
    })
    for (let length = 5; length < bytes.length; length++)
      expect(() => decodeClientMessage(bytes.subarray(0, length))).toThrow()
  })

  test('[S23] a message over a frame goes in fragments and is whole again', () => {
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251)
    const earlier: Uint8Array[] = []
    const joined = toFragments(bytes).map((fragment) => joinFragment(earlier, fragment))
    expect(joined.length).toBe(6)
    expect(Buffer.compare(joined.at(-1) ?? new Uint8Array(), bytes)).toBe(0)
    expect(joined.slice(0, -1).every((part) => part === undefined)).toBe(true)
  })
})
