import type { Change } from './change.ts'
import type { StateJson } from './state-json.ts'

/**
 * What the journal of a document holds, one JSON value a record; length and CRC around it are the local hub's. Keys are
 * short because there is a record for each typed character.
 *
 *     segment := header (author | item | saved | term | rescued)* snapshot
 *
 * A reader skips records with a `k` that it does not know.
 */
export type JournalRecord =
  | HeaderRecord
  | AuthorRecord
  | ItemRecord
  | SnapshotRecord
  | SavedRecord
  | TermRecord
  | RescuedRecord

/** Begins a segment: all that follows is after version v, which is the snapshot that ended the segment before. */
export interface HeaderRecord {
  readonly k: 'header'
  readonly format: 1
  readonly v: number
  readonly term: number
  /** Wall time in ms. */
  readonly at: number
  /** The lives of the document so far, by which a client that comes back is placed: term, and the version it began after. */
  readonly terms?: readonly (readonly [term: number, v: number])[]
  /** How many changes the latest authors have committed: session and count. */
  readonly counts?: readonly (readonly [sid: string, n: number])[]
  /** Sessions that gave up what they had sent, each with the attempt at which it did: older ones are void. */
  readonly givenUp?: readonly (readonly [sid: string, gen: number])[]
}

/** Gives an author the index that items use. Before the first item of each, in each segment; again with `gen`. */
export interface AuthorRecord {
  readonly k: 'author'
  readonly i: number
  readonly sid: string
  readonly account: string
  readonly name: string
  /** With this attempt it gave up what it had sent before. */
  readonly gen?: number
}

/** A committed change: version, term, author's index, the author's how-manieth (from 1), wall time in ms. */
export interface ItemRecord {
  readonly k: 'item'
  readonly v: number
  readonly t: number
  readonly by: number
  readonly n: number
  readonly at: number
  readonly c: Change
  /** It was lost with the end of the journal, and this session gave it back. */
  readonly restored?: string
  /** Compacted typing: when it began, as the number of ms before `at`. */
  readonly ms?: number
}

export interface SnapshotRecord {
  readonly k: 'snapshot'
  readonly v: number
  readonly t: number
  readonly at: number
  readonly state: StateJson
}

/**
 * What is on the disk. `hash` is that of the bytes. When they were foreign, `base` is the version they were taken
 * to derive from and `change` made the foreign document of it; `chain` then leads from that document to version v.
 */
export interface SavedRecord {
  readonly k: 'saved'
  readonly v: number
  readonly at: number
  readonly hash: string
  readonly base?: number
  readonly change?: Change
  readonly chain?: readonly Change[]
}

/** The owner begins a new life after v, because the tail of the journal was lost, or history was repaired. */
export interface TermRecord {
  readonly k: 'term'
  readonly t: number
  readonly v: number
  readonly at: number
  readonly reason: string
}

/**
 * Text that could not be committed: shown to its author with "insert here" until a record with the same id is
 * dismissed. Also in the item of version v. Undismissed ones stand again at the beginning of each segment.
 */
export interface RescuedRecord {
  readonly k: 'rescued'
  readonly id: string
  readonly v: number
  readonly by: number
  readonly at: number
  readonly part: string
  readonly text: string
  readonly dismissed?: boolean
}
