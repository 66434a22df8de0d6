import { compose } from '../../sync/algebra.ts'
import { itemsAfter } from '../../sync/commit.ts'
import { savedRecord } from '../../sync/disk.ts'
import { type Edit, EMPTY_EDIT, toChange } from '../../sync/edit.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import type { Owner } from '../../sync/owner.ts'
import type { SavedBase } from '../../sync/saved-base.ts'
import { stateToJson } from '../../sync/state-json.ts'
import type { BaseRecord } from './journal-records.ts'

/** Changes that become one on the way from what is on the disk to the document. */
const COMPOSED_EDITS = 200

/**
 * What is on the disk, for a segment that begins at head: known again from that segment alone. A document that can't be
 * saved for hours closes segments all the same.
 */
export function savedAtHead(owner: Owner, base: SavedBase, at: number): SavedRecord | BaseRecord {
  const { v, hash, state, chain } = base
  const isKnown = v >= owner.base.v && v <= owner.head
  if (!isKnown || (v === owner.head && chain.length === 0)) return savedRecord({ ...base, at })
  const since = [...chain, ...itemsAfter(owner, v).map(({ edit }) => edit)]
  return {
    k: 'base',
    v: owner.head,
    at,
    hash,
    state: stateToJson(state),
    chain: composed(since).map(toChange),
  }
}

function composed(edits: readonly Edit[]): Edit[] {
  const blocks: Edit[] = []
  for (let at = 0; at < edits.length; at += COMPOSED_EDITS) {
    blocks.push(composedInPairs(edits.slice(at, at + COMPOSED_EDITS)))
  }
  return blocks
}

/** Two and two, and again: one after another, each would be composed with all that came before. */
function composedInPairs(edits: readonly Edit[]): Edit {
  const [first = EMPTY_EDIT] = edits
  if (edits.length < 2) return first
  const half = edits.length >> 1
  return compose(composedInPairs(edits.slice(0, half)), composedInPairs(edits.slice(half)))
}
