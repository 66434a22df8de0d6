import { invert, transform } from './algebra.ts'
import { applyEdit } from './apply.ts'
import { authorKey, commitAs, itemsAfter } from './commit.ts'
import { type BaseChoice, nearestBase } from './disk-base.ts'
import { DISK_SID, type ForeignDocument, type SavedBase } from './saved-base.ts'
import { diffStates } from './diff.ts'
import { toChange } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import type { SavedRecord } from './journal-record.ts'
import type { Author } from './messages.ts'
import type { Owner } from './owner.ts'
import { atOnce, type Steps } from './steps.ts'

export interface Absorbed {
  readonly base: SavedBase
  readonly record: SavedRecord
  /** False where the document has it all already. */
  readonly changed: boolean
}

/** The disk as an author; a client's session can't have the name, because it has no account. */
export const DISK_AUTHOR: Author = { sid: DISK_SID, accountId: '', name: 'on disk' }

/** Version head was written, or read, with these bytes. */
export function savedBase(owner: Owner, hash: string, at?: number): SavedBase {
  const base = { v: owner.head, hash, state: owner.state, chain: [] }
  return at === undefined ? base : { ...base, at }
}

/**
 * Commits what a foreign document on the disk changed. It is taken to be made of the base (the newest last) that it
 * differs least from, because a program may have read an older file than the last one; what people changed since stays,
 * and what other programs changed since is taken back, as it is on the disk. Returns the new base, with the record for
 * the journal; undefined where no base is in the history any more: show it as a conflict. For a worker: O(length), in
 * steps between which people may go on with the document; all but the last only look.
 * @throws CodedError `too_large`, `bad_value`
 */
export function* absorbInSteps(
  owner: Owner,
  bases: readonly SavedBase[],
  foreign: ForeignDocument,
): Steps<Absorbed | undefined> {
  let choice: BaseChoice | undefined
  do {
    const known = bases.filter((base) => base.v >= owner.base.v && base.v <= owner.head)
    choice = yield* nearestBase(owner, foreign.putBack ? known.slice(-1) : known, foreign)
    if (!choice) return undefined
    // Chosen again in the rare case that the history was cut meanwhile.
  } while (choice.base.v < owner.base.v)
  const { edit, chain } = merged(owner, choice.base, choice.edit)
  const v = commitAs(owner, DISK_AUTHOR, edit, { at: foreign.at })
  // Made of the base, so that it shares what they have in common.
  const state = applyEdit(choice.base.state, choice.edit)
  const base: SavedBase = { v, hash: foreign.hash, state, chain, at: foreign.at }
  return { base, record: savedRecord(base), changed: edit.length > 0 }
}

/** What the journal is told of a base. Where it was foreign: how to make it of version v, and what leads on to that. */
export function savedRecord(base: SavedBase): SavedRecord {
  const { v, hash, chain, at = 0 } = base
  const record = { k: 'saved', v, at, hash } as const
  if (chain.length === 0) return record
  const there = chain.reduce((state, edit) => applyEdit(state, edit), base.state)
  const change = toChange(diffStates(there, base.state))
  return { ...record, base: v, change, chain: chain.map(toChange) }
}

/** The same in one step. */
export function absorb(
  owner: Owner,
  bases: readonly SavedBase[],
  foreign: ForeignDocument,
): Absorbed | undefined {
  return atOnce(absorbInSteps(owner, bases, foreign))
}

/**
 * The change of head that `edit`, made on a base, is: the disk's own changes since are taken back, and the edit is mapped
 * over all others. `chain` is those others, as they are on the foreign document.
 */
function merged(owner: Owner, base: SavedBase, edit: Edit): { edit: Edit; chain: readonly Edit[] } {
  const disk = owner.authorIndexes.get(authorKey(DISK_AUTHOR))
  const chain: Edit[] = []
  const rescued: PartOp[] = []
  let incoming = edit
  // From the document as it was at each step to the same without the disk's changes.
  let takenBack: Edit = []
  let state = base.state
  const others = (known: Edit): void => {
    const without = transform(known, takenBack)
    takenBack = without.committed
    const pair = transform(incoming, without.incoming)
    incoming = pair.incoming
    if (pair.committed.length > 0) chain.push(pair.committed)
    if (without.incoming !== known)
      rescued.push(...without.incoming.filter(([kind]) => kind === 'r'))
    state = applyEdit(state, known)
  }
  for (const known of base.chain) others(known)
  for (const item of itemsAfter(owner, base.v)) {
    if (item.by !== disk) others(item.edit)
    else {
      takenBack = [...invert(item.edit, state), ...takenBack]
      state = applyEdit(state, item.edit)
    }
  }
  return { edit: withoutEmpty([...takenBack, ...rescued, ...incoming]), chain }
}

function withoutEmpty(edit: Edit): Edit {
  return edit.filter((op) => op[0] !== 't' || !op[2].empty)
}
