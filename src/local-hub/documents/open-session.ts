import { randomInt } from 'node:crypto'

import { decodeDocument } from '../../documents/document-codec.ts'
import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { createOwner, restoreOwner } from '../../sync/open-owner.ts'
import type { Owner } from '../../sync/owner.ts'
import { CodedError } from '../../util/coded-error.ts'
import { readDisk, seeFile } from './disk-file.ts'
import { FormerTexts } from './disk-former.ts'
import type { DiskBase, DiskStart } from './disk-link.ts'
import { diskKnown } from './disk-start.ts'
import { beforeTornWrite } from './disk-torn.ts'
import { DocumentJournal } from './document-journal.ts'
import { JournalFolder, type JournalFolderOptions } from './journal-folder.ts'
import { syncRecords, tailMayBeLost } from './journal-records.ts'
import type { ResumedJournal } from './journal-resume.ts'
import type { DocumentPlace } from './worker-protocol.ts'

export interface OpenedSession extends DiskStart {
  readonly owner: Owner
  readonly journal: DocumentJournal
  readonly folder: JournalFolder
  readonly remarks: readonly string[]
  /** The end of the journal may be lost, and why: pages may know it. */
  readonly lostTail: string | undefined
}

/**
 * Opens a document: from its journal where there is one, so that what was acknowledged is there after any end of this
 * process, else from the file alone. Writes nothing but the journal's own repair.
 * @throws CodedError `not_found`, `not_text`, `too_large`
 */
export async function openSession(
  place: DocumentPlace,
  options: JournalFolderOptions,
): Promise<OpenedSession> {
  const seen = await seeFile(place.absolute)
  const disk = await readDisk(place.absolute, TEXT_BYTES_MAX)
  if (seen === undefined || disk === undefined) {
    throw new CodedError<ErrorCode>('not_found', 'there is no such file')
  }
  const folder = new JournalFolder(place.historyFolder, options)
  const resumed = resume(folder)
  const { records } = resumed
  const journal = new DocumentJournal(folder, records)
  if (resumed.owner === undefined) {
    const { state, form, remarks } = decodeDocument(place.absolute, disk.bytes)
    const v = resumed.lastVersion
    const owner = createOwner({ term: firstTerm(), state, v })
    const base = { v, state, chain: [], hash: disk.hash, at: Date.now(), form }
    const former = new FormerTexts()
    const all = [...remarks, ...resumed.remarks]
    return { owner, journal, folder, base, former, seen, remarks: all, lostTail: undefined }
  }
  const { owner } = resumed
  const wentDown = tailMayBeLost(records) ? 'the machine went down' : undefined
  const lostTail = resumed.isCut ? 'the journal was damaged' : wentDown
  const { last, former, ours } = diskKnown(owner, records)
  const whole = ours.get(disk.hash)
  const torn = whole ? undefined : beforeTornWrite(place.absolute, disk, [...ours.values()])
  const bytes = torn?.bytes ?? disk.bytes
  const { form, state, remarks } = decodeDocument(place.absolute, bytes, owner.state)
  // What is torn is taken for what was there before, but for its hash: it is written anew, whatever the document says.
  const known = whole ?? (torn && { ...torn.base, hash: disk.hash })
  const base: DiskBase = known ? { ...known, state, form } : { ...last, form }
  return {
    owner,
    journal,
    folder,
    remarks: [...remarks, ...resumed.remarks],
    base,
    former,
    // Where it was changed while nobody looked, it is to be compared.
    seen: known && seen,
    lostTail,
  }
}

interface Resumed extends Pick<ResumedJournal, 'records' | 'lastVersion' | 'isCut' | 'remarks'> {
  readonly owner: Owner | undefined
}

/** A damaged journal never keeps a document from opening. */
function resume(folder: JournalFolder): Resumed {
  const resumed = readOrPutAside(folder)
  if (resumed.records.length === 0) return { ...resumed, owner: undefined }
  try {
    return { ...resumed, owner: restoreOwner(syncRecords(resumed.records)) }
  } catch (error) {
    const remarks = [...resumed.remarks, beginsAnew(error)]
    return { ...resumed, owner: undefined, records: [], remarks }
  }
}

function readOrPutAside(folder: JournalFolder): Omit<Resumed, 'owner'> {
  try {
    return folder.resume(new Date())
  } catch (error) {
    folder.putAside(new Date())
    return { records: [], lastVersion: 0, isCut: true, remarks: [beginsAnew(error)] }
  }
}

function beginsAnew(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error)
  return `The history of this document could not be read (${reason}); it begins anew.`
}

/**
 * Tells the first life of a document from all of other documents: a page that had another document under this path,
 * which this one was moved over, must not be taken for one that knows this. Lower than a later one of this document.
 */
function firstTerm(): number {
  return randomInt(1, nowTerm())
}

/** Tells lives of a document apart. */
export function nextTerm(before: number): number {
  return Math.max(before + 1, nowTerm())
}

/** Fits in 32 bits until 2106. */
function nowTerm(): number {
  return Math.floor(Date.now() / 1000)
}
