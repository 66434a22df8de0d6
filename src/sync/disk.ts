import { transform } from './algebra.ts'
import { commitAs, itemsAfter } from './commit.ts'
import { diffStates, editCost } from './diff.ts'
import type { DocumentState } from './document-state.ts'
import { toChange } from './edit.ts'
import type { Edit } from './edit.ts'
import type { SavedRecord } from './journal-record.ts'
import type { Author } from './messages.ts'
import type { Owner } from './owner.ts'

/**
 * A document that was on the disk. `chain` leads from it to version v, and is empty where it is version v. Versions
 * share what they have in common, so to keep some costs little.
 */
export interface SavedBase {
  readonly v: number
  /** Of the bytes, by the shell: equal bytes are no change. */
  readonly hash: string
  readonly state: DocumentState
  readonly chain: readonly Edit[]
}

/** The disk as an author. */
export const DISK_AUTHOR: Author = { sid: 'disk', accountId: '', name: 'on disk' }

/** Version head was written, or read, with these bytes. */
export function savedBase(owner: Owner, hash: string): SavedBase {
  return { v: owner.head, hash, state: owner.state, chain: [] }
}

/**
 * Commits what a foreign document on the disk changed: against the base with the least difference, mapped over all that
 * is known since. Returns the new base, with the record for the journal; undefined where no base is in the history any
 * more: show it as a conflict. For a worker: O(length). @throws CodedError `too_large`, `bad_value`
 */
export function absorb(
  owner: Owner,
  bases: readonly SavedBase[],
  foreign: { readonly state: DocumentState; readonly hash: string; readonly at: number },
):
  | { readonly base: SavedBase; readonly record: SavedRecord; readonly changed: boolean }
  | undefined {
  const choice = leastDifferent(
    bases.filter((base) => base.v >= owner.base.v && base.v <= owner.head),
    foreign.state,
  )
  if (!choice) return undefined
  let edit = choice.edit
  const chain: Edit[] = []
  const since = [...choice.base.chain, ...itemsAfter(owner, choice.base.v).map((item) => item.edit)]
  for (const known of since) {
    const pair = transform(edit, known)
    edit = pair.incoming
    if (pair.committed.length > 0) chain.push(pair.committed)
  }
  const { state, hash, at } = foreign
  const v = commitAs(owner, DISK_AUTHOR, edit, { at })
  const record: SavedRecord = {
    k: 'saved',
    v,
    at,
    hash,
    base: choice.base.v,
    change: toChange(choice.edit),
    chain: chain.map(toChange),
  }
  return { base: { v, hash, state, chain }, record, changed: edit.length > 0 }
}

function leastDifferent(bases: readonly SavedBase[], state: DocumentState) {
  let least: { base: SavedBase; edit: Edit; cost: number } | undefined
  for (const base of bases.toReversed()) {
    const edit = diffStates(base.state, state)
    const cost = editCost(edit)
    if (!least || cost < least.cost) least = { base, edit, cost }
    if (cost === 0) break
  }
  return least
}
