import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'

/** The session of the disk as an author. */
export const DISK_SID = 'disk'

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
  /** When it came to the disk, wall time in ms; absent where nobody knows. */
  readonly at?: number
}

/** What another program put on the disk. */
export interface ForeignDocument {
  readonly state: DocumentState
  readonly hash: string
  /** Wall time in ms. */
  readonly at: number
  /** It is known to be what the disk had before, put back on purpose: all that came since is taken back. */
  readonly putBack?: boolean
}
