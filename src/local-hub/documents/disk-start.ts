import { inFile } from '../../documents/document-codec.ts'
import { applyEdit } from '../../sync/apply.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import { toEdit } from '../../sync/edit.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import { restoreOwner } from '../../sync/open-owner.ts'
import type { Owner } from '../../sync/owner.ts'
import type { SavedBase } from '../../sync/saved-base.ts'
import { stateFromJson } from '../../sync/state-json.ts'
import { FormerTexts } from './disk-former.ts'
import { type AnyRecord, type BaseRecord, syncRecords } from './journal-records.ts'

type SavingRecord = Extract<AnyRecord, { readonly k: 'saving' }>
type DiskRecord = SavedRecord | BaseRecord | SavingRecord

export interface DiskKnown {
  /** What was on the disk last; or may have been, where the process ended while it was written. */
  readonly last: SavedBase
  readonly former: FormerTexts
  /** The bytes that may be on the disk without a change from outside, by their hash. */
  readonly ours: ReadonlyMap<string, SavedBase>
}

/**
 * What the journal knows of the disk: the texts that were there, as far as the history reaches. Where it knows nothing,
 * it was the oldest version.
 */
export function diskKnown(owner: Owner, records: readonly AnyRecord[]): DiskKnown {
  const oldest = oldestVersion(owner, records)
  const bases = basesOf(owner, oldest, records.filter(isOfDisk))
  const former = new FormerTexts()
  for (const [index, { base }] of bases.entries()) {
    const next = bases[index + 1]?.base
    if (next) former.replaced(base, next.at ?? 0)
  }
  const ours = new Map<string, SavedBase>()
  const lastSaved = bases.findLastIndex(({ isSaved }) => isSaved)
  for (const { base } of bases.slice(Math.max(0, lastSaved))) ours.set(base.hash, base)
  const nothing: SavedBase = { v: oldest.head, state: inFile(oldest.state), chain: [], hash: '' }
  return { last: bases.at(-1)?.base ?? nothing, former, ours }
}

function isOfDisk(record: AnyRecord): record is DiskRecord {
  return record.k === 'saved' || record.k === 'base' || record.k === 'saving'
}

/** In the order in which they were on the disk. */
function basesOf(
  owner: Owner,
  oldest: Pick<Owner, 'head' | 'state'>,
  records: readonly DiskRecord[],
): { base: SavedBase; isSaved: boolean }[] {
  let { head: v, state } = oldest
  /** Versions come in their order; one that does not is not known. */
  const at = (wanted: number): DocumentState | undefined => {
    if (wanted < v || wanted > owner.head) return undefined
    for (const item of owner.history.slice(v - owner.base.v, wanted - owner.base.v)) {
      state = applyEdit(state, item.edit)
    }
    v = wanted
    return state
  }
  return records.flatMap((record) => {
    const base = baseOf(record, at)
    return base ? [{ base, isSaved: record.k !== 'saving' }] : []
  })
}

function baseOf(
  record: DiskRecord,
  stateAt: (v: number) => DocumentState | undefined,
): SavedBase | undefined {
  const { v, hash } = record
  if (record.k === 'base') {
    const { at, chain, state } = record
    return { v, hash, at, state: stateFromJson(state), chain: chain.map(toEdit) }
  }
  if (record.k === 'saving') {
    const state = stateAt(v)
    return state && { v, hash, state: inFile(state), chain: [] }
  }
  const { at, base = v, change = [], chain = [] } = record
  const state = stateAt(base)
  return (
    state && {
      v,
      hash,
      at,
      state: applyEdit(inFile(state), toEdit(change)),
      chain: chain.map(toEdit),
    }
  )
}

/** The document at the version that the history in memory begins with. */
function oldestVersion(owner: Owner, records: readonly AnyRecord[]): Pick<Owner, 'head' | 'state'> {
  const snapshot = records.find((record) => record.k === 'snapshot' && record.v === owner.base.v)
  return snapshot ? restoreOwner(syncRecords([snapshot])) : owner
}
