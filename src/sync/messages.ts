import type { Json, PartId } from './change.ts'
import type { Edit } from './edit.ts'

/** Who made a change. `sid` names the session: one tab of a browser, or a writer of the local hub. */
export interface Author {
  readonly sid: string
  readonly accountId: string
  readonly name: string
}

/** A foreign text for the fuzzy path: replace `deleted` between `before` and `after`, near offset `at`. */
export interface PatchHunk {
  readonly part: PartId
  readonly at: number
  readonly before: string
  readonly deleted: string
  readonly inserted: string
  readonly after: string
}

/** Client -> owner. */
export type ClientMessage =
  /** Answered by `joined`, `authors` and the `snapshot` chunks. */
  | { readonly kind: 'join'; readonly sid: string; readonly gen: number }
  /**
   * Goes on from version m of this term, having seen n own edits committed; `edits` are those after. Answered by
   * `resumed`, `authors` and `items_full`, or with `snapshot` true as a join; or by `forked`, `refused`.
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
  /** The hash of V(v) as the client has it. Answered by `mismatch` where the owner's differs. */
  | { readonly kind: 'check'; readonly v: number; readonly hash: number }
  | { readonly kind: 'presence'; readonly data: Json }
  /** What a forked client has to add, with context. Answered by `patch_result`. */
  | { readonly kind: 'patch'; readonly gen: number; readonly hunks: readonly PatchHunk[] }

/** One committed change on the wire; `by` is an index of the authors that were told. */
export interface WireItem {
  readonly by: number
  readonly edit: Edit
}

export interface NumberedAuthor extends Author {
  readonly index: number
}

/** Owner -> client. */
export type OwnerMessage =
  /**
   * `self` is the client's author index, n how many of its edits are committed; version v of `term` follows in
   * `chunks` chunks of `snapshot`.
   */
  | {
      readonly kind: 'joined'
      readonly gen: number
      readonly self: number
      readonly n: number
      readonly term: number
      readonly v: number
      readonly chunks: number
    }
  | {
      readonly kind: 'snapshot'
      readonly v: number
      readonly index: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'resumed'; readonly gen: number; readonly self: number; readonly term: number }
  | { readonly kind: 'authors'; readonly authors: readonly NumberedAuthor[] }
  /** Versions v, v + 1, ... of the current term. The author's own item is the acknowledgement. */
  | { readonly kind: 'items'; readonly v: number; readonly items: readonly WireItem[] }
  /** The same in another term, when history is sent again. */
  | {
      readonly kind: 'items_full'
      readonly term: number
      readonly v: number
      readonly items: readonly WireItem[]
    }
  /** An edit is missing: resume. */
  | { readonly kind: 'resend' }
  /** Edit n is not accepted and neither is any after it; join again. */
  | {
      readonly kind: 'refused'
      readonly gen: number
      readonly n: number
      readonly code: string
      readonly message: string
    }
  /** The client's base is not in this history. */
  | { readonly kind: 'forked'; readonly gen: number }
  /** Version v is on the disk. */
  | { readonly kind: 'saved'; readonly v: number }
  /** null: gone. */
  | { readonly kind: 'presence'; readonly by: number; readonly data: Json }
  | { readonly kind: 'mismatch'; readonly v: number }
  | {
      readonly kind: 'patch_result'
      readonly gen: number
      /** False where the owner repairs nothing: all is for the author to insert. */
      readonly accepted: boolean
      /** Indexes of the hunks that did not apply. */
      readonly failed: readonly number[]
    }
