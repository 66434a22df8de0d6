import type { BridgeItem } from './bridge.ts'
import type { Json, PartId } from './change.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'
import type { JournalRecord } from './journal-record.ts'
import type { Author, ClientMessage, TermStart } from './messages.ts'

/** A connection of a client, as the shell names it. */
export type ConnectionId = string

/** Who is at a connection: stamped by the hub, never by the client. */
export interface Person {
  readonly accountId: string
  readonly name: string
  /** False for viewers, and where the document is read-only. */
  readonly canEdit: boolean
}

/** A committed change. Immutable once it is in the history (I1). */
export interface Item {
  readonly v: number
  readonly term: number
  /** Index of the author. */
  readonly by: number
  /** The author's how-manieth, from 1. */
  readonly n: number
  /** Wall time in ms, given by the shell. */
  readonly at: number
  readonly edit: Edit
}

/** A cache: derivable from the history and the client's stack. */
export interface Session {
  readonly author: number
  gen: number
  /** Edits committed. */
  n: number
  /** The version the client is known to have. */
  m: number
  /** The version its last edit (or resume) told; `step` counts from here. */
  toldM: number
  /** The bridge reaches to this version. */
  w: number
  /** Others' items in (m, w], as they are on the client's state. */
  bridge: BridgeItem[]
  /** Undefined while away. */
  connection: ConnectionId | undefined
  /**
   *     live ──gap──> lost ──resume──> live        live ──refused edit──> refused ──join──> live
   */
  state: 'live' | 'lost' | 'refused'
}

/** A message for some connections; the bytes are shared, don't change them. */
export interface Send {
  readonly to: readonly ConnectionId[]
  readonly bytes: Uint8Array
  /** Set where these are items up to this version: who is behind may be left out, and be given `missed` later. */
  readonly upTo?: number
}

/** What a turn of the event loop made: append and flush the records first, then send (I3). */
export interface Turn {
  readonly records: readonly JournalRecord[]
  readonly sends: readonly Send[]
  /** To be logged and counted: there should never be any. */
  readonly divergences: readonly Divergence[]
}

/** A client had other text than the owner. */
export interface Divergence {
  readonly by: Author
  /** The version at which the client saw it. */
  readonly v: number
  /** The beginnings of the texts that differed: the client's then, and the owner's now. */
  readonly texts: readonly {
    readonly part: PartId
    readonly theirs: string
    readonly ours: string
  }[]
}

/** Text of an author that could not be committed, kept until it is dismissed. */
export interface KeptPiece {
  readonly id: string
  /** The author's index. */
  readonly by: number
  readonly v: number
  readonly at: number
  readonly part: PartId
  readonly text: string
}

/** The owner of a document: orders its changes. Change it only by the functions of src/sync. */
export interface Owner {
  term: number
  /** V(head). */
  state: DocumentState
  /** Of V(head): checksum.ts. */
  sum: number
  head: number
  /** The last version that is on the disk, as far as the shell said. */
  savedV: number
  /** The oldest version from which the history is known, and its term. */
  base: { readonly v: number; readonly term: number }
  /** history[i] is version base.v + 1 + i. */
  history: Item[]
  /** About how many characters it has. */
  historyLength: number
  readonly authors: Author[]
  /** By author index: how many changes each has committed. */
  readonly counts: number[]
  /** By `authorKey`. */
  readonly authorIndexes: Map<string, number>
  /** By `authorKey`: what it had committed before the records that this owner was made of. */
  readonly earlierCounts: Map<string, number>
  readonly sessions: Map<string, Session>
  /**
   * By session: the attempt with which it gave up what it had sent, so that its numbers mean other edits since. In the
   * journal, because an older attempt may come to a later life of this owner, which knows no sessions.
   */
  readonly givenUp: Map<string, number>
  readonly connections: Map<ConnectionId, Connection>
  /** Authors that clients were told. */
  readonly told: Set<number>
  /** Authors that the journal's segment has. */
  readonly recorded: Set<number>
  /** False where records may be missing that clients have seen, with the term that goes on. */
  termIsOwn: boolean
  /** Of V(v), when a client last asked. */
  hashed: { readonly v: number; readonly hash: number } | undefined
  /** The lives of this document, the oldest first; at least the one that now is. */
  terms: TermStart[]
  /** By id. */
  readonly rescued: Map<string, KeptPiece>
  /** Set while the lost end of the journal is looked for: recovery.ts. */
  recovery: Recovery | undefined
  outbox: Outbox
  snapshot: Snapshot | undefined
}

/** A version for those who join. Its chunks are made when somebody gets that far, and shared. */
export interface Snapshot {
  readonly v: number
  readonly term: number
  readonly state: DocumentState
  readonly sum: number
  readonly bytes: number
  /** Of the items sent since. */
  tailBytes: number
  readonly chunks: Uint8Array[]
  readonly rest: Iterator<Uint8Array, void>
}

/** Who comes while the lost end of the journal is looked for waits here. */
export interface Recovery {
  readonly held: Map<ConnectionId, Held>
  /** The connection that was asked for what it has, and is not tried again. */
  asked: ConnectionId | undefined
  readonly tried: Set<ConnectionId>
}

/** The last attempt of a connection, which is answered when the recovery ends. */
export interface Held {
  readonly message: Extract<ClientMessage, { kind: 'join' | 'resume' | 'patch' }>
  readonly at: number
}

export interface Connection {
  readonly id: ConnectionId
  person: Person
  /** Since when, and how often it asked for what costs much: pace.ts. */
  costly: { readonly since: number; count: number }
  session: Session | undefined
  presence: Json
  fragments: Uint8Array[]
  /** The snapshot on its way, and how many of its chunks were sent. */
  joining: { readonly snapshot: Snapshot; sent: number } | undefined
}

export interface Outbox {
  records: JournalRecord[]
  divergences: Divergence[]
  sends: Send[]
  /** The first version that is not broadcast. */
  from: number
  announce: number[]
  /** By author: the last of this turn counts. */
  presence: Map<number, Json>
}
