import { CodedError } from '../util/coded-error.ts'
import type { ErrorCode } from './errors.ts'

/** Keys that would reach an object's prototype: a message that has one anywhere is refused whole. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses JSON that came over a socket.
 * @throws CodedError `bad_message` when it is not JSON or has a key that would reach a prototype
 */
export function parseJson(text: string): unknown {
  try {
    return text.includes('proto') || text.includes('constructor') || text.includes('\\u')
      ? JSON.parse(text, refuseForbiddenKey)
      : JSON.parse(text)
  } catch (error) {
    if (error instanceof CodedError) throw error
    throw new CodedError<ErrorCode>('bad_message', `not JSON: ${text.slice(0, 40)}`, {
      cause: error,
    })
  }
}

function refuseForbiddenKey(key: string, value: unknown): unknown {
  if (FORBIDDEN_KEYS.has(key))
    throw new CodedError<ErrorCode>('bad_message', `the key "${key}" is not allowed`)
  return value
}
