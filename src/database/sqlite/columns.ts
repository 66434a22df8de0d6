import { assert } from '../../util/assert.ts'
import type { SqlRow } from './worker-protocol.ts'

/** Readers of columns: a column of another type than its table says is a bug. */
export function text(row: SqlRow, column: string): string {
  const value = row[column]
  assert(typeof value === 'string', `column ${column} holds no text`)
  return value
}

export function optionalText(row: SqlRow, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column)
}

export function integer(row: SqlRow, column: string): number {
  const value = row[column]
  assert(typeof value === 'number', `column ${column} holds no number`)
  return value
}

export function optionalInteger(row: SqlRow, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column)
}

export function flag(row: SqlRow, column: string): boolean {
  return integer(row, column) !== 0
}

/** One of a few words. */
export function word<W extends string>(row: SqlRow, column: string, words: readonly W[]): W {
  const value = text(row, column)
  const found = words.find((candidate) => candidate === value)
  assert(found !== undefined, `column ${column} holds "${value}"`)
  return found
}

export function bytes(row: SqlRow, column: string): Uint8Array {
  const value = row[column]
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  assert(value instanceof Uint8Array, `column ${column} holds no bytes`)
  return value
}

/** `SET a = ?, b = ?` of the given columns, with booleans as 0 and 1, and undefined as NULL. */
export function assignments(
  change: Readonly<Record<string, string | number | boolean | undefined>>,
  columns: Readonly<Record<string, string>>,
): { readonly sql: string; readonly args: (string | number | null)[] } {
  const entries = Object.entries(columns).filter(([key]) => Object.hasOwn(change, key))
  return {
    sql: entries.map(([, column]) => `${column} = ?`).join(', '),
    args: entries.map(([key]) => {
      const value = change[key]
      return typeof value === 'boolean' ? Number(value) : (value ?? null)
    }),
  }
}
