import type { ChangeSet } from '@codemirror/state'

import type { Change, Json, PartId } from './change.ts'
import type { DocumentState } from './document-state.ts'
import { EMPTY_STATE } from './document-state.ts'
import type { Edit } from './edit.ts'
import { EMPTY_EDIT } from './edit.ts'
import type { Author, PatchEdit, WireItem } from './messages.ts'
import { newRecent } from './recent.ts'
import type { Recent } from './recent.ts'
import type { SnapshotReader } from './snapshot.ts'
import type { UndoStacks } from './undo.ts'
import { emptyUndo } from './undo.ts'

/**
 *     new ──connect──> joining ──snapshot──> live ──disconnected, resend──> away ──connect──> resuming ──resumed──> live
 *      ^                                                            ^                            │
 *      │                                                            └── forked, shared: resumes ─┤
 *      └─ refused: what was unsent is rescued; forked, sums differ: it is a patch; connect joins ─┘
 */
export type ClientPhase = 'new' | 'joining' | 'live' | 'away' | 'resuming'

/** One tab's half of a document. Change it only by the functions of src/sync. */
export interface Client {
  readonly sid: string
  /** Raised by each attempt to connect; answers to an older one are ignored. */
  gen: number
  phase: ClientPhase
  /** Term of version m, and of the items that come now. */
  term: number
  liveTerm: number
  /** The version known, and how many own edits it has. */
  m: number
  n: number
  /** Own author index. */
  self: number
  /** V(m). */
  base: DocumentState
  /** What the person sees: V(m) + stack + buffer (I4). */
  view: DocumentState
  /** Sent or about to be: never composed or split (I5). */
  stack: Edit[]
  /** How many of the stack are sent over this connection. */
  sent: number
  /** Not sealed yet. */
  buffer: Edit
  /** Items that wait for an earlier one. */
  late: Map<number, { readonly term: number; readonly item: WireItem }>
  /** What the owner was told. */
  toldM: number
  ackedM: number
  savedV: number
  readonly authors: Map<number, Author>
  history: UndoStacks
  fragments: Uint8Array[]
  joining:
    | {
        readonly v: number
        readonly n: number
        readonly term: number
        readonly sum: number
        /** About how many chunks there are. */
        readonly chunks: number
        /** Those that came in order. */
        received: number
        /** Those that came before an earlier one. */
        readonly early: Map<number, Uint8Array>
        readonly reader: SnapshotReader
      }
    | undefined
  /** Up to which own change its rescued pieces were told. */
  rescuedN: number
  /** Unsent changes of a page that is gone: resumed without their document. */
  restored: boolean
  /** The same, understandable without their document. */
  kept: readonly PatchEdit[] | undefined
  /** True from the first join on: there is something to type in, whatever the connection does. */
  hasDocument: boolean
  /** Of V(m): checksum.ts. */
  sum: number
  /** How often a divergence was healed, and the version from which sums are compared again. */
  heals: number
  sumsFrom: number
  recent: Recent
  /** Own changes that were committed right before `recent` began, at version v; and how many there were before them. */
  earlier:
    | { readonly v: number; readonly n: number; readonly edits: readonly PatchEdit[] }
    | undefined
  /** Changes of this client that are to be committed by their surroundings; `base` is then what the person saw. */
  repair:
    | {
        /** How many own changes are before them. */
        readonly n: number
        readonly edits: readonly PatchEdit[]
        readonly blind: boolean
        /** The version at which this client had another document than the owner. */
        readonly diverged: number | undefined
      }
    | undefined
}

/** What others (or this person's undo) did to the document, for the editors. `client.view` is the document after it. */
export interface ViewChange {
  readonly by: Author | undefined
  /** To be given to the editor of each part, in this order. */
  readonly texts: readonly { readonly part: PartId; readonly changes: ChangeSet }[]
  /** Lists, fields and streams to be read again from `client.view`; and text parts whose cell came or went. */
  readonly touched: readonly PartId[]
}

/** Text that could not be committed, to be shown to its author with "insert here". */
export interface RescuedPiece {
  readonly part: PartId
  readonly text: string
  /**
   * Where the owner keeps it too: the same piece may be told again, on every join, until `dismissRescued` with this id
   * is sent. Absent where only this page has it: keep it here.
   */
  readonly id?: string
}

/** A text part in which this page and the owner differed; keep and show `mine`, the document goes on with `theirs`. */
export interface DivergedText {
  readonly part: PartId
  readonly mine: string
  readonly theirs: string
}

/** What became of changes whose place in the history was lost (restored from a backup, away for very long). */
export interface Repaired {
  /** Changes that are in the document now. */
  readonly changes: number
  /** Pieces that found no place; they are told as rescued. */
  readonly unplaced: number
}

/** What came of received bytes. */
export interface ClientUpdate {
  /** The whole view is new: make the editors from it. */
  readonly joined: boolean
  readonly resumed: boolean
  /** While a document comes: chunks so far, of about so many. */
  readonly joining: { readonly received: number; readonly total: number } | undefined
  readonly changes: readonly ViewChange[]
  /** To be sent now. */
  readonly send: readonly Uint8Array[]
  /** Edits that are acknowledged: they are in the journal. */
  readonly acknowledged: number
  /** The version that is on the disk; it has all this person typed when it is >= m and nothing is pending. */
  readonly savedV: number
  readonly presence: readonly { readonly by: Author; readonly data: Json }[]
  readonly rescued: readonly RescuedPiece[]
  /** Once, when a divergence has been healed: empty otherwise. `send` tells the owner, whose shell logs and counts it. */
  readonly diverged: readonly DivergedText[]
  /** Once, where the owner did not know this page's version any more and took its changes by their surroundings. */
  readonly repaired: Repaired | undefined
  /**
   * Keep (`exportUnsent`) and connect again, at once: `lost` resumes, `forked` and `mismatch` repair; nothing is given up,
   * and typing goes on meanwhile. Or what was typed was refused with a code of the error table, and is in `rescued`.
   */
  readonly problem:
    | { readonly kind: 'lost' | 'forked' | 'mismatch' }
    | { readonly kind: 'refused'; readonly code: string; readonly message: string }
    | undefined
}

/** What a browser keeps of unsent changes, as JSON: they can be committed without the document (S15). */
export interface UnsentState {
  readonly sid: string
  readonly gen: number
  readonly term: number
  readonly m: number
  readonly n: number
  readonly stack: readonly Change[]
  readonly buffer: Change
  /** The same changes, understandable without version m, where that is in no history any more. */
  readonly patch?: readonly PatchEdit[]
  /** Set where only the patch counts; `blind` as in the message. */
  readonly repair?: { readonly blind: boolean }
}

export interface LocalChangeOptions {
  /** `new` begins an undo step, `join` adds to the last one, `none` is not taken back. */
  readonly undo: 'new' | 'join' | 'none'
}

/** `sid` must be new (128 random bits), except where `importUnsent` follows. */
export function createClient(sid: string): Client {
  return {
    sid,
    gen: 0,
    phase: 'new',
    term: 0,
    liveTerm: 0,
    m: 0,
    n: 0,
    self: -1,
    base: EMPTY_STATE,
    view: EMPTY_STATE,
    stack: [],
    sent: 0,
    buffer: EMPTY_EDIT,
    late: new Map(),
    toldM: 0,
    ackedM: 0,
    savedV: 0,
    authors: new Map(),
    history: emptyUndo(),
    fragments: [],
    joining: undefined,
    rescuedN: 0,
    restored: false,
    kept: undefined,
    hasDocument: false,
    sum: 0,
    heals: 0,
    sumsFrom: 0,
    recent: newRecent(0, 0, EMPTY_STATE),
    earlier: undefined,
    repair: undefined,
  }
}

/** True where all that is shown here is on the disk. */
export function isSaved(client: Client): boolean {
  return client.savedV >= client.m && pendingCount(client) === 0
}

/** Changes that the owner has not acknowledged. */
export function pendingCount(client: Client): number {
  const repairing = client.repair?.edits.length ?? 0
  return repairing + client.stack.length + (client.buffer.length > 0 ? 1 : 0)
}
