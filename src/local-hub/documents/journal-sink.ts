import type { Json } from '../../sync/change.ts'

/**
 * Where the journal of one document goes. `append` is done when the records outlive the death of this process; they
 * outlive that of the machine when a `durable` called after it resolves. The local disk is one sink; a replica's host is
 * another.
 */
export interface JournalSink {
  /** @throws where nothing could be written; then nothing of the records is in the journal */
  append(records: readonly Json[]): void
  /** Begins a segment with these records, the first of which is a snapshot; older segments stay as history. */
  beginSegment(firstVersion: number, records: readonly Json[]): void
  /** What the current segment began with, and what came after, in bytes. */
  readonly segmentBytes: { readonly head: number; readonly tail: number }
  /**
   * What was written may be lost, whatever a later `durable` says: the disk told an error, and forgets what it had not
   * written. Until a new segment is begun.
   */
  readonly failed: boolean
  /** Resolved when all that was written before the call is on the disk. Calls that wait share one flush. */
  durable(): Promise<void>
  close(): Promise<void>
}
