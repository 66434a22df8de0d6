import type { FileForm } from '../../documents/document-codec.ts'
import { stateDifference, type DiffTexts } from '../../documents/state-difference.ts'
import { transform } from '../../sync/algebra.ts'
import { itemsAfter } from '../../sync/commit.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import type { Edit } from '../../sync/edit.ts'
import type { Owner } from '../../sync/owner.ts'

/**
 * What is on the disk, in terms of the history: a document from which `chain` leads to version v. The chain is empty
 * where Salvus wrote it; after a foreign change it is what people had done meanwhile.
 */
export interface DiskBase {
  readonly v: number
  readonly state: DocumentState
  readonly chain: readonly Edit[]
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string
  readonly form: FileForm
}

export interface Absorbed {
  /** What to commit at head. */
  readonly edit: Edit
  /** What is on the disk, as soon as that is version `head + 1`; at head where the edit is empty. */
  readonly chain: readonly Edit[]
}

/** What other bytes on the disk mean at head, given what was there before. */
export function absorb(
  owner: Owner,
  base: DiskBase,
  foreign: DocumentState,
  diffTexts: DiffTexts,
): Absorbed {
  const known = [...base.chain, ...itemsAfter(owner, base.v).map((item) => item.edit)]
  let edit = stateDifference(base.state, foreign, diffTexts)
  const chain: Edit[] = []
  for (const other of known) {
    const pair = transform(edit, other)
    edit = pair.incoming
    if (pair.committed.length > 0) chain.push(pair.committed)
  }
  return { edit, chain }
}
