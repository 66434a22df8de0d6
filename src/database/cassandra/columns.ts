import { assert } from '../../util/assert.ts'
import type { CqlRow } from './cql.ts'

/** Readers of columns: a column of another type than its table says is a bug. */
export function text(row: CqlRow, column: string): string {
  const value = row[column]
  assert(typeof value === 'string', `column ${column} holds no text`)
  return value
}

/** A column that was never written holds nothing. */
export function isSet(row: CqlRow, column: string): boolean {
  return row[column] !== null && row[column] !== undefined
}

export function optionalText(row: CqlRow, column: string): string | undefined {
  return isSet(row, column) ? text(row, column) : undefined
}

/** An `int`, or a `bigint` (the driver has an object for it) that JavaScript counts exactly. */
export function integer(row: CqlRow, column: string): number {
  const value = row[column]
  const number = hasToNumber(value) ? value.toNumber() : value
  assert(typeof number === 'number' && Number.isSafeInteger(number), `${column} holds no integer`)
  return number
}

export function optionalInteger(row: CqlRow, column: string): number | undefined {
  return isSet(row, column) ? integer(row, column) : undefined
}

export function flag(row: CqlRow, column: string): boolean {
  return row[column] === true
}

/** One of a few words. */
export function word<W extends string>(row: CqlRow, column: string, words: readonly W[]): W {
  const value = text(row, column)
  const found = words.find((candidate) => candidate === value)
  assert(found !== undefined, `column ${column} holds "${value}"`)
  return found
}

export function bytes(row: CqlRow, column: string): Uint8Array {
  const value = row[column]
  assert(value instanceof Uint8Array, `column ${column} holds no bytes`)
  return value
}

function hasToNumber(value: unknown): value is { toNumber(): number } {
  return typeof value === 'object' && value !== null && 'toNumber' in value
}
