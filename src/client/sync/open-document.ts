import type { ChangeSet, Text } from '@codemirror/state'

import type { DocumentDisk, DocumentDurability, DocumentKind } from '../../messages/documents.ts'
import type { ChannelId, ClientId } from '../../messages/ids.ts'
import type { CellId, Change, Json, PartId } from '../../sync/change.ts'
import type { Observable } from '../app/observable.ts'
import type { CursorPlace } from './cursor-data.ts'
import type { MergeSummary } from './merge-summary.ts'

/**
 *     opening ──joined──> open ──route lost──> away ──resumed──> open
 *        └── refused (no such file, not text, ...) ──open again──> opening
 *
 * Away, everything can still be read and typed; what is typed is kept in this browser until it is sent.
 */
export interface DocumentStatus {
  readonly kind: 'opening' | 'open' | 'away' | 'refused'
  readonly sinceMs: number
  /** Opening a large document: how much of it is there, from 0 to 1. */
  readonly progress?: number
  readonly documentKind?: DocumentKind
  readonly disk?: DocumentDisk
  /** What an acknowledged change outlives. */
  readonly durability?: DocumentDurability
  /** Why it can't be changed: the role, or the file. */
  readonly readOnly?: string
  /** Refused: why. */
  readonly message?: string
  /** Changes that are kept here only. */
  readonly pending: number
  /** This browser could not keep them: they are in this page alone. */
  readonly unkept?: true
  /** They are being kept: not all of them are yet. */
  readonly keeping?: true
  /** What was found or repaired when it was opened. */
  readonly remarks: readonly string[]
}

/** Text of this person that could not go into the document, kept until it is dismissed. */
export interface KeptText {
  readonly id: string
  /** Why it is kept, in a sentence. */
  readonly reason: string
  readonly text: string
  /** Where it was typed, if that is known. */
  readonly part?: PartId
  /** The local hub keeps it too, until it is told that it is dismissed. */
  readonly atOwner?: true
}

/** Where somebody else is in the document. Positions follow the changes made since. */
export interface RemoteCursor extends CursorPlace {
  /** The session; a person with two tabs has two. */
  readonly key: string
  readonly client: ClientId | undefined
  readonly name: string
  /** Index into the palette. */
  readonly color: number
  /** Raised when the person moved, and not when a change by somebody else moved it. */
  readonly moved: number
}

/** The editor of a text part, as a document sees it. */
export interface AttachedEditor {
  /** Shows a change. `own` is this person's undo, to which the editor scrolls. */
  readonly show: (changes: ChangeSet, cause: 'foreign' | 'own') => void
  /** Shows this text instead of whatever it shows: after the document was joined anew, or refused a change. */
  readonly reset: (text: Text) => void
}

/** An open document, as an editor sees it: parts to read and watch, and ways to change them. */
export interface OpenDocument {
  readonly status: Observable<DocumentStatus>
  readonly kept: Observable<readonly KeptText[]>
  /** What was merged when this page came back; undefined where there is nothing to tell. */
  readonly merged: Observable<MergeSummary | undefined>
  readonly cursors: Observable<readonly RemoteCursor[]>
  readonly channel: () => ChannelId | undefined
  readonly list: (part: PartId) => Observable<readonly CellId[]>
  readonly field: (part: PartId) => Observable<Json>
  readonly stream: (part: PartId) => Observable<readonly Json[]>
  readonly text: (part: PartId) => Observable<Text>
  /** A change by this person that no editor shows yet. */
  readonly change: (change: Change) => void
  /** A change that the editor of this part has made and shows. */
  readonly changeText: (part: PartId, changes: ChangeSet) => void
  /** The editor of a part, from when it shows `text(part).get()`. Returns how to detach it. */
  readonly attach: (part: PartId, editor: AttachedEditor) => () => void
  readonly undo: () => boolean
  readonly redo: () => boolean
  readonly setCursor: (place: CursorPlace | undefined) => void
  /** Sends what waits now, so that a request made next finds it. */
  readonly flush: () => void
  /** Resolves when it is on the disk. */
  readonly save: () => Promise<void>
  /** Resolves when everything unsent is kept in this browser. */
  readonly keep: () => Promise<void>
  readonly dismissKept: (id: string) => void
  /** Takes back a dismissal. */
  readonly restoreKept: (piece: KeptText) => void
  /** Inserts it at the cursor, as typed, and dismisses it. False where there is no place for it. */
  readonly insertKept: (piece: KeptText) => boolean
  readonly dismissMerged: () => void
  readonly retry: () => void
  readonly close: () => void
}
