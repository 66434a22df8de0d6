import type { DocumentState } from './document-state.ts'
import { stateToJson } from './state-json.ts'

/** A number of 32 bits, what a varint of the wire holds, that differs where documents differ; not against malice. O(length): when idle. */
export function hashState(state: DocumentState): number {
  return hashText(JSON.stringify(stateToJson(state)))
}

/** cyrb53 (bryc, public domain), folded: two multiplicative hashes, mixed. */
export function hashText(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  const mixedHigh =
    Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  const mixedLow =
    Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (mixedHigh ^ mixedLow) >>> 0
}
