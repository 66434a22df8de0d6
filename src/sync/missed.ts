import { insertedLength } from './edit.ts'
import { MERGE_ITEMS_MIN, MERGE_LENGTH_MIN } from './limits.ts'
import type { Item } from './owner.ts'

/** True where one merged edit is less to send, and to apply, than these items. */
export function isMuch(items: readonly Item[]): boolean {
  if (items.length >= MERGE_ITEMS_MIN) return true
  let length = 0
  for (const { edit } of items) {
    length += insertedLength(edit)
    for (const op of edit) if (op[0] === 'a') length += JSON.stringify(op[4]).length
    if (length >= MERGE_LENGTH_MIN) return true
  }
  return false
}
