import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { readSagews } from '../../../src/documents/sagews-read.ts'
import { writeSagews } from '../../../src/documents/sagews-write.ts'
import type { WorksheetCell } from '../../../src/documents/worksheet-cell.ts'

const FIXTURES = new URL('../../fixtures/documents/sagews/', import.meta.url)
const files = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.sagews'))
  .map((name) => ({ name, text: readFileSync(new URL(name, FIXTURES), 'utf8') }))

const A = '1ba7bbe3-9ac5-4a5e-b651-7c174e9dd95c'
const B = 'ecc747fa-1ec7-49f4-b1a9-5c272fe0b439'
const R = '3d54264a-4d0e-4768-9a5d-8881bbd72df5'
const cellLine = (uuid: string, flags = '') => `\uFE20${uuid}${flags}\uFE20\n`
const outputLine = (uuid: string, ...rest: string[]) => `\uFE21${uuid}\uFE21${rest.join('')}\n`
const id = (uuid: string) => uuid.replaceAll('-', '')

/** Reads, changes the cells and writes. */
function rewritten(text: string, change: (cells: WorksheetCell[]) => readonly WorksheetCell[]) {
  const { cells, file } = readSagews(text)
  return writeSagews(change([...cells]), file)
}

const withInput = (index: number, input: string) => (cells: WorksheetCell[]) =>
  cells.map((cell, at) => (at === index ? { ...cell, input } : cell))

describe('real worksheets', () => {
  test.each(files)('$name comes back as it was', ({ text }) => {
    expect(rewritten(text, (cells) => cells).text).toBe(text)
  })

  test.each(files)('$name: of a changed cell only its lines change', ({ text }) => {
    const { cells } = readSagews(text)
    const indexes = cells.length > 60 ? [0, 1, 30, cells.length - 1] : cells.keys()
    for (const index of indexes) {
      const { text: written, file } = rewritten(text, withInput(index, 'changed = 1'))
      const before = readSagews(text).file
      for (const [cell, kept] of file.cells) {
        if (cell === cells[index]?.id) continue
        expect(kept.pieces).toEqual(before.cells.get(cell)?.pieces)
      }
      const again = readSagews(written).cells
      expect(again.map(({ input }) => input)).toEqual(
        cells.map(({ input }, at) => (at === index ? 'changed = 1' : input)),
      )
      expect(again.map(({ output }) => output)).toEqual(cells.map(({ output }) => output))
    }
  })

  test('have as many cells as are known', () => {
    const counts = Object.fromEntries(
      files.map(({ name, text }) => [name.slice(0, 2), readSagews(text).cells.length]),
    )
    expect(counts).toMatchObject({ '07': 3, '08': 25, '09': 61, '10': 50, '12': 57, '18': 373 })
  })

  test('a stuck flag is not in the cell and stays in the file until the cell changes', () => {
    const text = `${cellLine(A, 'rs')}1\n${cellLine(B, 'sa')}2\n`
    expect(rewritten(text, withInput(0, '3')).text).toBe(`${cellLine(A)}3\n${cellLine(B, 'sa')}2\n`)
  })
})

describe('reading', () => {
  test('an empty file is one empty cell', () => {
    const { cells, remarks } = readSagews('')
    expect(cells.map(({ input }) => input)).toEqual([''])
    expect(remarks).toEqual([])
  })

  test('text without a cell line is one cell, and it is said', () => {
    const { cells, remarks } = readSagews('{"cells": []}\n')
    expect(cells.map(({ input }) => input)).toEqual(['{"cells": []}'])
    expect(remarks).toHaveLength(1)
  })

  test('both dialects of output lines give the same messages', () => {
    const one = outputLine(R, '{"stdout":"1"}\uFE21', '{"done":true}\uFE21')
    const two = outputLine(R, '\uFE21{"stdout":"1"}', '\uFE21{"done":true}')
    const messages = [{ stdout: '1' }, { done: true }]
    for (const line of [one, two]) {
      expect(readSagews(`${cellLine(A)}1\n${line}`).cells[0]?.output).toEqual({
        stream: R,
        messages,
      })
    }
  })

  test('flags are read from letters and from messages', () => {
    const text = `${cellLine(A, 'oi')}x\n${outputLine(R, '{"auto":true}\uFE21{"show":"input"}')}`
    expect(readSagews(text).cells[0]?.flags).toEqual({
      hideInput: false,
      hideOutput: true,
      auto: true,
    })
  })

  test('a repeated uuid gives the later cell an id of its own, the same each time', () => {
    const text = `${cellLine(A)}1\n${cellLine(A)}2\n${cellLine(B)}3\n`
    const ids = readSagews(text).cells.map((cell) => cell.id)
    expect(new Set(ids).size).toBe(3)
    expect(readSagews(text).cells.map((cell) => cell.id)).toEqual(ids)
    const written = rewritten(text, withInput(1, '4'))
    expect(new Set(written.text.match(/[0-9a-f-]{36}/g)).size).toBe(3)
  })

  test('blank lines around an input stay in the file when it changes', () => {
    const text = `${cellLine(A)}\n\n  x  \ny \n\n\n`
    expect(readSagews(text).cells[0]?.input).toBe('  x  \ny ')
    expect(rewritten(text, withInput(0, 'z')).text).toBe(`${cellLine(A)}\n\nz\n\n\n`)
  })
})

describe('damage', () => {
  const damaged = [
    ['a lone marker', `${cellLine(A)}1\n\uFE20\n2\n${cellLine(B)}3\n`, ['1', '2', '3']],
    [
      'two output lines',
      `${cellLine(A)}1\n${outputLine(R, '{"stdout":"a"}')}${outputLine(B, '{"stdout":"b"}')}`,
      ['1'],
    ],
    ['a marker in a line', `${cellLine(A)}1 ${cellLine(B)}2\n`, [`1 ${cellLine(B)}2`]],
    [
      'text behind an output',
      `${cellLine(A)}1\n${outputLine(R)}\n2\n${cellLine(B)}3\n`,
      ['1', '2', '3'],
    ],
    ['a message that is cut off', `${cellLine(A)}1\n${outputLine(R, '{"stdout":"a')}`, ['1']],
    ['a cell line that is cut off', `${cellLine(A)}1\n\uFE20${B.slice(0, 20)}`, ['1', '']],
    [
      'an output at the beginning',
      `${outputLine(R, '{"stdout":"a"}')}${cellLine(A)}1\n`,
      ['', '1'],
    ],
    ['text behind a cell line', `\uFE20${A}\uFE20stray\n1\n`, ['1']],
  ] as const

  test.each(damaged)('%s: everything is there, and comes back as it was', (_name, text, inputs) => {
    expect(readSagews(text).cells.map(({ input }) => input)).toEqual(inputs)
    const written = rewritten(text, (cells) => cells)
    expect(written).toMatchObject({ text, repaired: false })
  })

  test('writing a damaged cell anew is told, another is not', () => {
    const text = `${cellLine(A)}1\n\uFE20\n2\n`
    expect(rewritten(text, withInput(0, 'x'))).toMatchObject({
      repaired: false,
      text: `${cellLine(A)}x\n\uFE20\n2\n`,
    })
    const { repaired, text: written } = rewritten(text, withInput(1, 'x'))
    expect(repaired).toBe(true)
    expect(readSagews(written).remarks).toEqual([])
  })
})

describe('writing', () => {
  const cell = (
    cellId: string,
    input: string,
    more: Partial<WorksheetCell> = {},
  ): WorksheetCell => ({
    id: cellId,
    input,
    flags: { hideInput: false, hideOutput: false, auto: false },
    output: { stream: '', messages: [] },
    ...more,
  })

  test('a new cell gets a uuid that its id alone decides', () => {
    const once = rewritten('', () => [cell('new', 'x'), cell('newer', '')])
    expect(once.text).toBe(rewritten('', () => [cell('new', 'x'), cell('newer', '')]).text)
    expect(readSagews(once.text).cells.map(({ input }) => input)).toEqual(['x', ''])
  })

  test('a marker at the beginning of a line of an input makes no cell', () => {
    const { text } = rewritten('', () => [cell(id(A), `1\n${cellLine(B)}${outputLine(R)}`)])
    expect(readSagews(text).cells).toHaveLength(1)
  })

  test('a marker inside a message is escaped', () => {
    const output = { stream: R, messages: [{ stdout: '\uFE20\uFE21\n' }] }
    const { text } = rewritten('', () => [cell(id(A), '', { output })])
    expect(text.match(/[\uFE20\uFE21]/g)).toHaveLength(5)
    expect(readSagews(text).cells[0]?.output).toEqual(output)
  })

  test('what was written reads as what it was, and is written the same', () => {
    const line = fc.constantFrom('', 'x = 1', '  y', '\uFE20', '\uFE21', '𝔸', '# ä')
    const cells = fc.uniqueArray(
      fc.record({
        id: fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/),
        input: fc.array(line).map((lines) => lines.join('\n')),
        flags: fc.record({ hideInput: fc.boolean(), hideOutput: fc.boolean(), auto: fc.boolean() }),
        output: fc.array(fc.record({ stdout: fc.string() })).map((messages) => ({
          stream: messages.length > 0 ? R : '',
          messages,
        })),
      }),
      { selector: (each) => each.id, minLength: 1, maxLength: 6 },
    )
    const start = fc.constantFrom('', '\n\n', 'text', ...files.slice(0, 1).map(({ text }) => text))
    fc.assert(
      fc.property(start, cells, (original, made) => {
        const { text, file } = rewritten(original, (present) => [...made, ...present])
        const again = readSagews(text)
        const ours = again.cells.slice(0, made.length)
        expect(ours.map(({ flags, output }) => ({ flags, output }))).toEqual(
          made.map(({ flags, output }) => ({ flags, output })),
        )
        expect(writeSagews(again.cells, again.file).text).toBe(text)
        expect([...file.cells.values()].map(({ cell: { input } }) => input)).toHaveLength(
          again.cells.length,
        )
      }),
      { numRuns: 200 },
    )
  })
})
