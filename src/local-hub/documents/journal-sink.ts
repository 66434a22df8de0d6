import type { Json } from '../../sync/change.ts'

/**
 * Where the journal of one document goes. `append` is done when the records outlive the death of this process; they
 * outlive that of the machine after the next `flush`. The local disk is one sink; a replica's host is another.
 */
export interface JournalSink {
  /** @throws where nothing could be written; then nothing of the records is in the journal */
  append(records: readonly Json[]): void
  /** Begins a segment with these records, the first of which is a snapshot; older segments stay as history. */
  beginSegment(firstVersion: number, records: readonly Json[]): void
  /** Of the current segment. */
  readonly segmentBytes: number
  flush(): Promise<void>
  close(): Promise<void>
}
