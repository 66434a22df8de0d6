import type { Json } from './change.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'
import type { JournalRecord } from './journal-record.ts'
import type { Author } from './messages.ts'

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
  bridge: { readonly v: number; readonly edit: Edit }[]
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
}

/** What a turn of the event loop made: append and flush the records first, then send (I3). */
export interface Turn {
  readonly records: readonly JournalRecord[]
  readonly sends: readonly Send[]
}

/** The owner of a document: orders its changes. Change it only by the functions of src/sync. */
export interface Owner {
  term: number
  /** V(head). */
  state: DocumentState
  head: number
  /** The oldest version from which the history is known, and its term. */
  base: { readonly v: number; readonly term: number }
  /** history[i] is version base.v + 1 + i. */
  history: Item[]
  readonly authors: Author[]
  /** By author index: how many changes each has committed. */
  readonly counts: number[]
  readonly authorIndexes: Map<string, number>
  readonly sessions: Map<string, Session>
  readonly connections: Map<ConnectionId, Connection>
  /** Authors that clients were told. */
  readonly told: Set<number>
  /** Authors that the journal's segment has. */
  readonly recorded: Set<number>
  outbox: Outbox
  snapshot: { readonly v: number; readonly frames: readonly Uint8Array[] } | undefined
}

export interface Connection {
  readonly id: ConnectionId
  person: Person
  session: Session | undefined
  presence: Json
  fragments: Uint8Array[]
}

export interface Outbox {
  records: JournalRecord[]
  sends: Send[]
  /** The first version that is not broadcast. */
  from: number
  announce: number[]
}
