import type { SavedRecord } from '../../sync/journal-record.ts'
import { openingRecords } from '../../sync/open-owner.ts'
import type { Owner } from '../../sync/owner.ts'
import { type AnyRecord, type BaseRecord, asJson, bootId } from './journal-records.ts'
import type { JournalSink } from './journal-sink.ts'

/** A segment is closed by a snapshot after so many items or bytes: opening a document reads a few times that much. */
const SEGMENT_ITEMS_MAX = 1000
const SEGMENT_BYTES_MAX = 1024 * 1024

/** A snapshot may take so many times what it closes: of a large text it is not written for each paragraph. */
const SNAPSHOT_SHARE_MAX = 4

/** Whatever the size of the text: so many items are replayed in some 50 ms. */
const LARGE_SEGMENT_ITEMS_MAX = 10_000

/** What can't be written (the disk is full) waits in memory up to here; then nothing more is accepted. */
export const WAITING_RECORDS_MAX = 10_000

/**
 * The journal of an open document. What a turn made is written before anything of it is sent; where that fails it
 * waits, and is tried again with the next.
 */
export class DocumentJournal {
  readonly #sink: JournalSink
  readonly #waiting: AnyRecord[] = []
  #items: number
  #begun: boolean

  constructor(sink: JournalSink, resumed: readonly AnyRecord[]) {
    this.#sink = sink
    this.#items = itemsOfLastSegment(resumed)
    this.#begun = resumed.length > 0
    // Written with the first change: until then nothing of this start can be lost.
    if (this.#begun) this.#waiting.push({ k: 'boot', boot: bootId() })
  }

  /** False until there is a segment to append to: the snapshot that begins one stands for all before. */
  get begun(): boolean {
    return this.#begun && !this.#sink.failed
  }

  /** What was written may be lost: a new segment is to be begun. */
  get failed(): boolean {
    return this.#sink.failed
  }

  get full(): boolean {
    return this.#waiting.length >= WAITING_RECORDS_MAX
  }

  /** @throws where not all of it is written: it waits, and nothing that depends on it may be sent */
  append(records: readonly AnyRecord[]): void {
    this.#waiting.push(...records)
    if (this.#waiting.length === 0 || !this.begun) return
    this.#sink.append(asJson(this.#waiting))
    for (const { k } of this.#waiting) if (k === 'item') this.#items++
    this.#waiting.length = 0
  }

  /** How many times the segment is as long as it should be: 1 and more, where it is time to close it. */
  get length(): number {
    if (this.#waiting.length > 0 || this.#items === 0) return 0
    const { head, tail } = this.#sink.segmentBytes
    const byShare = (SNAPSHOT_SHARE_MAX * tail) / Math.max(1, head)
    const bySize = Math.max(this.#items / SEGMENT_ITEMS_MAX, tail / SEGMENT_BYTES_MAX)
    return Math.max(Math.min(byShare, bySize), this.#items / LARGE_SEGMENT_ITEMS_MAX)
  }

  /** A new segment, with the document as it is. `saved`: what is on the disk. @throws where it can't be written */
  beginSegment(owner: Owner, saved: SavedRecord | BaseRecord, at: number): void {
    const boot: AnyRecord = { k: 'boot', boot: bootId() }
    this.#sink.beginSegment(owner.head, asJson([...openingRecords(owner, at), boot, saved]))
    this.#begun = true
    this.#items = 0
    this.#waiting.length = 0
  }

  /** Resolved when all that was appended until now is on the disk. @throws where the disk tells an error */
  durable(): Promise<void> {
    return this.#sink.durable()
  }

  /** @throws where the disk tells an error: what was written may be lost */
  async close(): Promise<void> {
    try {
      if (this.begun && this.#waiting.length === 0) {
        await this.#sink.durable()
        this.#sink.append(asJson([{ k: 'closed' }]))
      }
    } finally {
      await this.#sink.close()
    }
  }
}

function itemsOfLastSegment(records: readonly AnyRecord[]): number {
  const begin = records.findLastIndex(({ k }) => k === 'header')
  return records.slice(begin + 1).filter(({ k }) => k === 'item').length
}
