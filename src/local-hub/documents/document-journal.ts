import { readFileSync } from 'node:fs'

import type { Json } from '../../sync/change.ts'
import type { JournalRecord } from '../../sync/journal-record.ts'
import { openingRecords } from '../../sync/open-owner.ts'
import type { Owner } from '../../sync/owner.ts'
import type { JournalSink } from './journal-sink.ts'

/** A segment is closed by a snapshot after so many items or bytes: opening a document reads at most that much. */
const SEGMENT_ITEMS_MAX = 1000
const SEGMENT_BYTES_MAX = 1024 * 1024

/** What can't be written (the disk is full) waits in memory up to here; then nothing more is accepted. */
export const WAITING_RECORDS_MAX = 10_000

/**
 * Ours, beside the records of src/sync, whose readers skip it: all of the journal is on the disk, nothing follows.
 * Where it is missing and the machine was started again since, the end of the journal may be lost.
 */
interface ClosedRecord {
  readonly k: 'closed'
}
/** Which start of the machine wrote what follows. */
interface BootRecord {
  readonly k: 'boot'
  readonly boot: string
}
/**
 * These bytes of version v are about to be put on the disk. Where the process ends between that and the `saved` record,
 * they are known for our own, and not taken for somebody else's change.
 */
interface SavingRecord {
  readonly k: 'saving'
  readonly v: number
  readonly hash: string
}
type OwnRecord = ClosedRecord | BootRecord | SavingRecord
export type AnyRecord = JournalRecord | OwnRecord

/** The records that src/sync knows. */
export function syncRecords(records: readonly AnyRecord[]): JournalRecord[] {
  return records.filter(
    (record): record is JournalRecord =>
      record.k !== 'boot' && record.k !== 'closed' && record.k !== 'saving',
  )
}

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

  /** False until a first segment is written: the snapshot that begins it stands for all before. */
  get begun(): boolean {
    return this.#begun
  }

  get full(): boolean {
    return this.#waiting.length >= WAITING_RECORDS_MAX
  }

  /** @throws where not all of it is written: it waits, and nothing that depends on it may be sent */
  append(records: readonly AnyRecord[]): void {
    this.#waiting.push(...records)
    if (this.#waiting.length === 0 || !this.#begun) return
    this.#sink.append(asJson(this.#waiting))
    this.#items += this.#waiting.filter(({ k }) => k === 'item').length
    this.#waiting.length = 0
  }

  get longEnough(): boolean {
    if (this.#waiting.length > 0) return false
    return (
      this.#items >= SEGMENT_ITEMS_MAX ||
      (this.#items > 0 && this.#sink.segmentBytes >= SEGMENT_BYTES_MAX)
    )
  }

  /** A new segment, with the document as it is. `saved`: what is on the disk. @throws where it can't be written */
  beginSegment(owner: Owner, saved: AnyRecord, at: number): void {
    const boot: AnyRecord = { k: 'boot', boot: bootId() }
    const records: AnyRecord[] = [...openingRecords(owner, at), boot, saved]
    this.#sink.beginSegment(owner.head, asJson(records))
    this.#begun = true
    this.#items = 0
    this.#waiting.length = 0
  }

  flush(): Promise<void> {
    return this.#sink.flush()
  }

  async close(): Promise<void> {
    if (this.#begun && this.#waiting.length === 0) {
      await this.#sink.flush()
      this.#sink.append(asJson([{ k: 'closed' }]))
    }
    await this.#sink.close()
  }
}

function itemsOfLastSegment(records: readonly AnyRecord[]): number {
  const begin = records.findLastIndex(({ k }) => k === 'header')
  return records.slice(begin + 1).filter(({ k }) => k === 'item').length
}

/** True where the end of the journal may be lost: the machine went down after it was written. */
export function tailMayBeLost(records: readonly AnyRecord[]): boolean {
  if (records.at(-1)?.k === 'closed') return false
  const last = records.findLast((record): record is BootRecord => record.k === 'boot')
  return last?.boot !== bootId()
}

let boot: string | undefined

function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/** Records are JSON; that their optional fields may be absent is all that the type Json does not say. */
function asJson(records: readonly AnyRecord[]): readonly Json[] {
  return records as unknown as readonly Json[]
}
