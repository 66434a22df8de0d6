import type { Json, PartChange, PartId } from './change.ts'
import type { Edit } from './edit.ts'

/** Who made a change. `sid` names the session: one tab of a browser, or a writer of the local hub. */
export interface Author {
  readonly sid: string
  readonly accountId: string
  readonly name: string
}

/** A change of a text whose base is gone: replace `deleted` between `before` and `after`, near offset `at`. */
export interface PatchHunk {
  readonly at: number
  readonly before: string
  readonly deleted: string
  readonly inserted: string
  readonly after: string
}

/** The hunks of one text, all made on the same state of it; or a change that says what it means by ids. */
export type PatchStep =
  | { readonly part: PartId; readonly hunks: readonly PatchHunk[] }
  | { readonly op: PartChange }

/** One edit of a client, understandable without the document that it was made on. As JSON where a browser keeps it. */
export type PatchEdit = readonly PatchStep[]

/** A life of the owner: `term` is that of the versions after v. */
export interface TermStart {
  readonly term: number
  readonly v: number
}

/** Client -> owner. */
export type ClientMessage =
  /** Answered by `joined`, `authors`, what is newer than the snapshot as `items_full`, and its `snapshot` chunks. */
  | { readonly kind: 'join'; readonly sid: string; readonly gen: number }
  /**
   * Goes on from version m of this term, having seen n own edits committed; `edits` are those after. Answered by
   * `resumed`, `authors` and `items_full`, where that is much by `merged`, or with `snapshot` true as a join; or by
   * `forked`, `refused`.
   */
  | {
      readonly kind: 'resume'
      readonly sid: string
      readonly gen: number
      readonly snapshot: boolean
      readonly term: number
      readonly m: number
      readonly n: number
      readonly edits: readonly Edit[]
    }
  /** gen and n are the low 8 bits; `step` is how far m grew since the edit (or resume) before. */
  | {
      readonly kind: 'edit'
      readonly gen: number
      readonly n: number
      readonly step: number
      readonly edit: Edit
    }
  | { readonly kind: 'ack'; readonly m: number }
  /** So many chunks of the snapshot came: the owner sends only some ahead. */
  | { readonly kind: 'more'; readonly gen: number; readonly chunks: number }
  /** The hash of V(v) as the client has it. Answered by `mismatch` where the owner's differs. */
  | { readonly kind: 'check'; readonly v: number; readonly hash: number }
  | { readonly kind: 'presence'; readonly data: Json }
  /**
   * What a client has to add whose base is in no history: its edits n + 1, n + 2, ... Those that were committed are
   * skipped, also when it is sent twice. `blind` where the client knows nothing of this history: what stands there already
   * is not added again. Answered by `patch_result` and as a join.
   */
  | {
      readonly kind: 'patch'
      readonly sid: string
      readonly gen: number
      readonly n: number
      readonly blind: boolean
      readonly edits: readonly PatchEdit[]
    }
  /** Answers `want_items`: versions v + 1, ... as this client received them, or none where it has another version v. */
  | {
      readonly kind: 'have_items'
      readonly v: number
      readonly authors: readonly NumberedAuthor[]
      readonly items: readonly KeptItem[]
    }
  /** After a divergence was healed: what the client had at version v, for the log. */
  | {
      readonly kind: 'diverged'
      readonly v: number
      readonly texts: readonly { readonly part: PartId; readonly text: string }[]
    }
  /** The person has seen a rescued piece and needs it no more. */
  | { readonly kind: 'dismiss'; readonly id: string }

/** One committed change on the wire; `by` is an index of the authors that were told. */
export interface WireItem {
  readonly by: number
  readonly edit: Edit
}

/** A version as a client received it. */
export interface KeptItem extends WireItem {
  readonly term: number
}

/** Text that could not be committed, which the owner keeps for its author. */
export interface WirePiece {
  readonly id: string
  readonly part: PartId
  readonly text: string
}

export interface NumberedAuthor extends Author {
  readonly index: number
}

/** Owner -> client. */
export type OwnerMessage =
  /**
   * `self` is the client's author index, n how many of its edits are committed in version v of `term`, which follows in
   * about `chunks` chunks of `snapshot`. `liveTerm` is that of the items which come now.
   */
  | {
      readonly kind: 'joined'
      readonly gen: number
      readonly self: number
      readonly n: number
      readonly term: number
      readonly v: number
      readonly chunks: number
      readonly liveTerm: number
      /** Of version v. */
      readonly sum: number
    }
  | {
      readonly kind: 'snapshot'
      readonly v: number
      readonly index: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'resumed'; readonly gen: number; readonly self: number; readonly term: number }
  | { readonly kind: 'authors'; readonly authors: readonly NumberedAuthor[] }
  /**
   * Versions v, v + 1, ... of the current term. The author's own item is the acknowledgement. `sum` is that of the last
   * of them, 0 where it is not known.
   */
  | {
      readonly kind: 'items'
      readonly v: number
      readonly sum: number
      readonly items: readonly WireItem[]
    }
  /** Version v is the next edit of this client's stack, as it has mapped it: instead of sending a large one back. */
  | { readonly kind: 'own'; readonly v: number; readonly sum: number }
  /** The same in another term, when history is sent again. */
  | {
      readonly kind: 'items_full'
      readonly term: number
      readonly v: number
      readonly sum: number
      readonly items: readonly WireItem[]
    }
  /**
   * All that others did after version m of the resume and its edits, as one edit that leads to version v of `term`;
   * n own edits are committed. Instead of `resumed`.
   */
  | {
      readonly kind: 'merged'
      readonly gen: number
      readonly self: number
      readonly n: number
      readonly term: number
      readonly v: number
      readonly liveTerm: number
      readonly edit: Edit
    }
  /** An edit is missing, or so much that resuming is shorter: resume. */
  | { readonly kind: 'resend' }
  /** Edit n is not accepted and neither is any after it; join again. */
  | {
      readonly kind: 'refused'
      readonly gen: number
      readonly n: number
      readonly code: string
      readonly message: string
    }
  /** The client's base is not in this history, which reaches from `base` to `head` through these terms. */
  | {
      readonly kind: 'forked'
      readonly gen: number
      readonly base: number
      readonly head: number
      readonly terms: readonly TermStart[]
    }
  /** Version v is on the disk. */
  | { readonly kind: 'saved'; readonly v: number }
  /** null: gone. */
  | { readonly kind: 'presence'; readonly by: number; readonly data: Json }
  /** The same of many at once. */
  | {
      readonly kind: 'presences'
      readonly people: readonly { readonly by: number; readonly data: Json }[]
    }
  | { readonly kind: 'mismatch'; readonly v: number }
  /** Before the `joined` that answers a patch: how many edits were taken, and how many pieces found no place. */
  | {
      readonly kind: 'patch_result'
      readonly gen: number
      readonly changes: number
      readonly unplaced: number
    }
  /** The end of the journal is lost: what came after version v, which was of this term? Answered by `have_items`. */
  | { readonly kind: 'want_items'; readonly v: number; readonly term: number }
  /** Pieces of this person's typing that could not be committed, until they are dismissed. After each join. */
  | { readonly kind: 'rescued'; readonly pieces: readonly WirePiece[] }
