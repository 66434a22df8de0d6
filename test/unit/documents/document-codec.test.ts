import { ChangeSet } from '@codemirror/state'
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decodeDocument, inFile } from '../../../src/documents/document-codec.ts'
import { worksheetCells } from '../../../src/documents/worksheet-codec.ts'
import { applyEdit } from '../../../src/sync/apply.ts'
import { diffStates } from '../../../src/sync/diff.ts'
import { stringOf, type DocumentState } from '../../../src/sync/document-state.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
const cellText = (number: number, input: string, output?: string) =>
  `\uFE20${uuid(number)}\uFE20\n${input}\n` +
  (output === undefined ? '' : `\uFE21${uuid(900 + number)}\uFE21{"stdout":"${output}"}\uFE21\n`)

function applied(from: DocumentState, to: DocumentState): DocumentState {
  return applyEdit(from, diffStates(from, to))
}

describe('the difference of two contents of a file', () => {
  const cell = fc.record({
    number: fc.integer({ min: 1, max: 8 }),
    input: fc.constantFrom('', 'a', 'b\nc'),
    output: fc.constantFrom(undefined, 'x', 'y'),
  })
  const worksheet = fc
    .uniqueArray(cell, { selector: ({ number }) => number, maxLength: 8 })
    .map((cells) => cells.map(({ number, input, output }) => cellText(number, input, output)))
    .map((cells) => decodeDocument('w.sagews', bytesOf(cells.join(''))).state)

  test('leads from one worksheet to the other', () => {
    fc.assert(
      fc.property(worksheet, worksheet, (from, to) => {
        const plain = (state: DocumentState) =>
          worksheetCells(state).map(({ output, ...rest }) => ({
            ...rest,
            output: { ...output, stream: output.stream.replace('~', '') },
          }))
        expect(plain(applied(from, to))).toEqual(plain(to))
      }),
    )
  })

  test('is nothing between equal worksheets, and one part where one input changed', () => {
    const text = [1, 2, 3].map((number) => cellText(number, `x${number}`, 'o')).join('')
    const from = decodeDocument('w.sagews', bytesOf(text)).state
    const to = decodeDocument('w.sagews', bytesOf(text.replace('x2', 'y2'))).state
    expect(diffStates(from, from)).toEqual([])
    expect(diffStates(from, to)).toHaveLength(1)
  })

  test('moves the one cell that moved', () => {
    const decode = (order: number[]) =>
      decodeDocument('w.sagews', bytesOf(order.map((n) => cellText(n, `x${n}`)).join(''))).state
    const ops = diffStates(decode([1, 2, 3, 4, 5]), decode([4, 1, 2, 3, 5]))
    expect(ops).toEqual([['m', 'cells', uuid(4).replaceAll('-', ''), '']])
  })

  test('leaves alone what is not in the file', () => {
    const from = decodeDocument('w.sagews', bytesOf(cellText(1, 'x'))).state
    const part = `${uuid(1).replaceAll('-', '')}.run`
    const running = applyEdit(from, [['f', part, { kind: 'running' }]])
    expect(diffStates(inFile(running), from)).toEqual([])
  })
})

describe('a document in a file', () => {
  test('keeps the line ending and the mark of a text', () => {
    const { state, form } = decodeDocument('a.txt', bytesOf('\uFEFFa\r\nb\r\n'))
    expect(stringOf(state, '')).toBe('a\nb\n')
    const edited = applyEdit(state, [['t', '', ChangeSet.of({ from: 4, insert: 'c\n' }, 4)]])
    expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(form.encode(edited).bytes)).toBe(
      '\uFEFFa\r\nb\r\nc\r\n',
    )
  })

  test('a cell that was made in a page keeps its id when the file is read again', () => {
    const { state, form } = decodeDocument('w.sagews', bytesOf(cellText(1, 'x')))
    const edited = applyEdit(state, [
      ['i', 'cells', 'made-here', uuid(1).replaceAll('-', '')],
      ['c', 'made-here.output', 'run-1'],
      ['a', 'made-here.output', 'run-1', 0, [{ stdout: '1' }]],
    ])
    const written = form.encode(edited)
    const again = written.form.decode(written.bytes, edited)
    expect(worksheetCells(again.state)).toEqual(worksheetCells(edited))
    expect(diffStates(edited, again.state)).toEqual([])
  })

  test('a worksheet of 574 kB is read and written in a moment', () => {
    const file = new URL(
      '../../fixtures/documents/sagews/19-jupyter-python3-574KB-long-line.sagews',
      import.meta.url,
    )
    const bytes = new Uint8Array(readFileSync(file))
    const { state, form } = decodeDocument('w.sagews', bytes)
    expect(form.encode(state).bytes).toEqual(bytes)
  })

  test('messages that a document can not hold stay in the file, unseen', () => {
    const deep = '['.repeat(50) + ']'.repeat(50)
    const text = `${cellText(1, 'x')}\uFE21${uuid(2)}\uFE21{"a":${deep}}\uFE21{"__proto__":1}\uFE21{"stdout":"1"}\n`
    const { state, form } = decodeDocument('w.sagews', bytesOf(text))
    expect(worksheetCells(state)[0]?.output.messages).toEqual([{ stdout: '1' }])
    expect(form.encode(state).bytes).toEqual(bytesOf(text))
  })
})
