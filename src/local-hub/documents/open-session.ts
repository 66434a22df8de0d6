import { decodeDocument, inFile } from '../../documents/document-codec.ts'
import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { applyEdit } from '../../sync/apply.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import { toEdit, type Edit } from '../../sync/edit.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import { beginTerm, createOwner, restoreOwner } from '../../sync/open-owner.ts'
import type { Owner } from '../../sync/owner.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { DiskBase } from './disk-link.ts'
import { type FileIdentity, identityOf, readDisk } from './disk-file.ts'
import { type AnyRecord, DocumentJournal, syncRecords, tailMayBeLost } from './document-journal.ts'
import { JournalFolder } from './journal-folder.ts'
import type { DocumentPlace } from './worker-protocol.ts'

export interface OpenedSession {
  readonly owner: Owner
  readonly journal: DocumentJournal
  readonly folder: JournalFolder
  readonly base: DiskBase
  /** Undefined: the file is to be compared with the base. */
  readonly identity: FileIdentity | undefined
  readonly remarks: readonly string[]
}

/**
 * Opens a document: from its journal where there is one, so that what was acknowledged is there after any end of this
 * process, else from the file alone. Writes nothing but the journal's own repair.
 * @throws CodedError `not_found`, `not_text`, `too_large`
 */
export async function openSession(
  place: DocumentPlace,
  onFlushError: (error: unknown) => void,
): Promise<OpenedSession> {
  const identity = await identityOf(place.absolute)
  const disk = await readDisk(place.absolute, TEXT_BYTES_MAX)
  if (identity === undefined || disk === undefined) {
    throw new CodedError<ErrorCode>('not_found', 'there is no such file')
  }
  const folder = new JournalFolder(place.historyFolder, onFlushError)
  const resumed = resume(folder)
  const { records } = resumed
  const journal = new DocumentJournal(folder, records)
  if (resumed.owner === undefined) {
    const { state, form, remarks } = decodeDocument(place.absolute, disk.bytes)
    const owner = createOwner({ term: newTerm(0), state })
    const base: DiskBase = { v: 0, state, chain: [], hash: disk.hash, form }
    return { owner, journal, folder, base, identity, remarks: [...remarks, ...resumed.remarks] }
  }
  const { owner } = resumed
  if (tailMayBeLost(records)) {
    const start = { term: newTerm(owner.term), at: Date.now(), reason: 'the machine went down' }
    owner.outbox.records.push(beginTerm(owner, start))
  }
  const { form, remarks, state } = decodeDocument(place.absolute, disk.bytes, owner.state)
  const saved = lastSaved(records)
  if (saved?.hash === disk.hash) {
    const chain = (saved.chain ?? []).map(toEdit)
    const base: DiskBase = { v: saved.v, state, chain, hash: disk.hash, form }
    return { owner, journal, folder, base, identity, remarks }
  }
  const saving = savingOf(records, disk.hash)
  if (saving !== undefined) {
    const base: DiskBase = { v: saving, state, chain: [], hash: disk.hash, form }
    return { owner, journal, folder, base, identity, remarks }
  }
  // Changed while nobody looked: what it was is known from the journal, or the oldest that the journal has.
  const base = { ...baseFromRecords(owner, records, saved), hash: saved?.hash ?? '', form }
  return { owner, journal, folder, base, identity: undefined, remarks }
}

interface Resumed {
  readonly owner: Owner | undefined
  readonly records: readonly AnyRecord[]
  readonly remarks: readonly string[]
}

/** A damaged journal never keeps a document from opening. */
function resume(folder: JournalFolder): Resumed {
  try {
    // Written by DocumentJournal; their CRC says so.
    const records = folder.resume() as unknown as readonly AnyRecord[]
    if (records.length === 0) return { owner: undefined, records: [], remarks: [] }
    return { owner: restore(records), records, remarks: [] }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remark = `The history of this document could not be read (${reason}); it begins anew.`
    return { owner: undefined, records: [], remarks: [remark] }
  }
}

function restore(records: readonly AnyRecord[]): Owner {
  try {
    return restoreOwner(syncRecords(records))
  } catch {
    // An earlier segment is damaged: the newest one is enough to go on.
    return restoreOwner(
      syncRecords(records.slice(records.findLastIndex(({ k }) => k === 'header'))),
    )
  }
}

function lastSaved(records: readonly AnyRecord[]): SavedRecord | undefined {
  return records.findLast((record): record is SavedRecord => record.k === 'saved')
}

/** The version that these bytes are, where they were put on the disk after what is known to be there. */
function savingOf(records: readonly AnyRecord[], hash: string): number | undefined {
  for (const record of records.toReversed()) {
    if (record.k === 'saved') return undefined
    if (record.k === 'saving' && record.hash === hash) return record.v
  }
  return undefined
}

/** The document that was on the disk, and what leads from it to a version. */
function baseFromRecords(
  owner: Owner,
  records: readonly AnyRecord[],
  saved: SavedRecord | undefined,
): Pick<DiskBase, 'v' | 'state' | 'chain'> {
  const { head: first, state: firstState } = oldest(owner, records)
  if (saved === undefined || saved.v < first)
    return { v: first, state: inFile(firstState), chain: [] }
  const at = (v: number): DocumentState =>
    owner.history
      .filter((item) => item.v > first && item.v <= v)
      .reduce((state, item) => applyEdit(state, item.edit), firstState)
  if (saved.change === undefined || saved.base === undefined || saved.base < first) {
    return { v: saved.v, state: inFile(at(saved.v)), chain: [] }
  }
  const chain: Edit[] = (saved.chain ?? []).map(toEdit)
  return { v: saved.v, state: applyEdit(inFile(at(saved.base)), toEdit(saved.change)), chain }
}

/** The document at the version that the history in memory begins with. */
function oldest(owner: Owner, records: readonly AnyRecord[]): Pick<Owner, 'head' | 'state'> {
  const snapshot = records.find((record) => record.k === 'snapshot' && record.v === owner.base.v)
  return snapshot ? restoreOwner(syncRecords([snapshot])) : owner
}

/** Tells lives of a document apart; fits in 32 bits until 2106. */
function newTerm(before: number): number {
  return Math.max(before + 1, Math.floor(Date.now() / 1000))
}
