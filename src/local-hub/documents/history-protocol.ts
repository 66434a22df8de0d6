import type { documentHistoryRequests } from '../../messages/document-history.ts'
import type { AnswerOf, RequestOf } from '../../messages/define.ts'
import type { Change } from '../../sync/change.ts'

/**
 * Between the main thread of a local hub and its history thread, which reads journals and never opens a document: what
 * it has to do takes long, and the owners of open documents go on meanwhile. All that is acknowledged is in the files.
 */
type Asked = typeof documentHistoryRequests
type Ask<E extends keyof Asked> = Omit<RequestOf<Asked, E>, 'path'>

/** Where the history of a document is. */
export interface HistoryPlace {
  /** Of the journal. */
  readonly folder: string
  /** Relative to the project: its name says which kind of document it is. */
  readonly path: string
}

/** A change of the document at version `on`. */
export interface ProposedChange {
  readonly on: number
  /** Empty: nothing differs. */
  readonly change: Change
}

export interface HistoryRequests {
  list: { ask: Ask<'list_document_versions'>; answer: AnswerOf<Asked, 'list_document_versions'> }
  read: { ask: Ask<'read_document_version'>; answer: AnswerOf<Asked, 'read_document_version'> }
  changes: { ask: Ask<'document_changes'>; answer: AnswerOf<Asked, 'document_changes'> }
  blame: { ask: Ask<'blame_document'>; answer: AnswerOf<Asked, 'blame_document'> }
  restore: { ask: Ask<'restore_document'>; answer: ProposedChange }
  /** `account`: whose change it must be. */
  take_back: { ask: { v: number; account: string }; answer: ProposedChange }
  /** What makes version v this content of the file; the change as JSON in UTF-8. Refused with `conflict` where v is not exact. */
  propose: {
    ask: { v: number; bytes: Uint8Array }
    answer: { changed: boolean; change: Uint8Array }
  }
  /** The content of the file at exactly version v. */
  content: { ask: { v: number }; answer: { bytes: Uint8Array } }
  /** Makes old segments smaller; answers what that saved, in bytes. */
  compact: { ask: object; answer: { before: number; after: number } }
}
export type HistoryRequestKind = keyof HistoryRequests

export type ToHistory = {
  [K in HistoryRequestKind]: {
    readonly kind: K
    readonly request: number
    readonly place: HistoryPlace
    readonly ask: HistoryRequests[K]['ask']
  }
}[HistoryRequestKind]

export type FromHistory =
  | { readonly request: number; readonly value: unknown }
  | { readonly request: number; readonly code: string; readonly message: string }
