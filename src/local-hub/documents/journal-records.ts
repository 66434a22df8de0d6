import { readFileSync } from 'node:fs'

import type { Change, Json } from '../../sync/change.ts'
import type { JournalRecord } from '../../sync/journal-record.ts'
import type { StateJson } from '../../sync/state-json.ts'

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
/**
 * What is on the disk, where the document is ahead of it while a segment begins: the segments before may be compacted
 * before the disk is written. `chain` leads from `state` to version v.
 */
export interface BaseRecord {
  readonly k: 'base'
  readonly v: number
  readonly at: number
  /** Of the bytes on the disk. */
  readonly hash: string
  readonly state: StateJson
  readonly chain: readonly Change[]
}
type OwnRecord = ClosedRecord | BootRecord | SavingRecord | BaseRecord
const OWN_KINDS: ReadonlySet<string> = new Set(['boot', 'closed', 'saving', 'base'])
export type AnyRecord = JournalRecord | OwnRecord

/** The records that src/sync knows. */
export function syncRecords(records: readonly AnyRecord[]): JournalRecord[] {
  return records.filter((record): record is JournalRecord => !OWN_KINDS.has(record.k))
}

/** True where the end of the journal may be lost: the machine went down after it was written. */
export function tailMayBeLost(records: readonly AnyRecord[]): boolean {
  if (records.at(-1)?.k === 'closed') return false
  const last = records.findLast((record): record is BootRecord => record.k === 'boot')
  return last?.boot !== bootId()
}

/** The last version that the records of a segment know of, and when that was; undefined where there is no snapshot. */
export function endOf(records: readonly AnyRecord[]): { v: number; at: number } | undefined {
  const last = records.findLast((record) => record.k === 'item' || record.k === 'snapshot')
  const begins = records.some(({ k }) => k === 'snapshot')
  return begins && (last?.k === 'item' || last?.k === 'snapshot')
    ? { v: last.v, at: last.at }
    : undefined
}

let boot: string | undefined

export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/**
 * Records as they are written. There is one for each typed character, so that an item, unless it has a field that few
 * have, is the values of its fields without their names: `[v, t, by, n, at, c]`.
 */
export function asJson(records: readonly AnyRecord[]): readonly Json[] {
  return records.map((record) => {
    if (record.k === 'item' && record.ms === undefined && record.restored === undefined) {
      const { v, t, by, n, at, c } = record
      return [v, t, by, n, at, c]
    }
    // A record is JSON; that its optional fields may be absent is all that the type Json does not say.
    return record as unknown as Json
  })
}

/** What `asJson` made. */
export function fromJson(records: readonly Json[]): AnyRecord[] {
  return records.map((json) => {
    // Written by asJson; the CRC of the record says that it is what was written.
    if (!Array.isArray(json)) return json as unknown as AnyRecord
    const [v, t, by, n, at, c] = json as [number, number, number, number, number, Change]
    return { k: 'item', v, t, by, n, at, c }
  })
}
