import { CodedError } from '../util/coded-error.ts'
import type { CellId, Json, PartId } from './change.ts'
import { JSON_DEPTH_MAX, PART_ID_LENGTH_MAX, RUN_ID_LENGTH_MAX } from './limits.ts'

const CELL_ID = /^[A-Za-z0-9_-]{1,32}$/
const LONE_SURROGATE = /\p{Surrogate}/u

export function checkCellId(value: unknown): CellId {
  if (typeof value === 'string' && CELL_ID.test(value)) return value
  throw bad(`cell id ${show(value)}`)
}

export function checkPartId(value: unknown): PartId {
  if (typeof value === 'string' && value.length <= PART_ID_LENGTH_MAX && isWellFormed(value))
    return value
  throw bad(`part id ${show(value)}`)
}

export function checkRunId(value: unknown): string {
  if (typeof value === 'string' && value.length <= RUN_ID_LENGTH_MAX && isWellFormed(value))
    return value
  throw bad(`run id ${show(value)}`)
}

/** JSON values of at most JSON_DEPTH_MAX levels; numbers are finite. */
export function checkJson(value: unknown, depth = 0): asserts value is Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value !== 'object') throw bad(`${show(value)} is no JSON value`)
  if (depth >= JSON_DEPTH_MAX)
    throw new CodedError('too_large', `a JSON value of over ${JSON_DEPTH_MAX} levels`)
  if (Array.isArray(value)) return value.forEach((item) => checkJson(item, depth + 1))
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') throw bad('a JSON value with the key __proto__')
    checkJson(item, depth + 1)
  }
}

/** False where half of a surrogate pair stands alone: such a text has no UTF-8 form. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value)
}

function bad(message: string): CodedError {
  return new CodedError('bad_message', message)
}
