import type { ChangedBy, PartChanged } from '../../messages/project-api.ts'
import type { TermStart } from '../../sync/messages.ts'

/** A document at one moment of one of its lives. */
export interface AtVersion {
  readonly v: number
  readonly term: number
}

/** What the worker is asked for programs inside the project. */
export interface ProgramRequests {
  /** The content of the file as the document is now; all of it is kept. */
  program_read: { ask: object; answer: AtVersion & { readonly bytes: Uint8Array } }
  /** Refused with `conflict` where the document has no such version. Answers what it is now. */
  program_revision: {
    ask: { readonly at?: AtVersion }
    answer: AtVersion & { readonly terms: readonly TermStart[] }
  }
  /** A change that was made on version `at`, as JSON in UTF-8, so that it is copied and not parsed on its way. */
  program_commit: {
    ask: ProgramWriting & { readonly at: AtVersion; readonly change: Uint8Array }
    answer: ProgramWritten
  }
  /** Bytes at the end of a text; a cell with this input at the end of a worksheet. */
  program_append: {
    ask: ProgramWriting & { readonly bytes: Uint8Array }
    answer: ProgramWritten
  }
  /** From now on each change is told (`watched`), or no longer. */
  program_watch: { ask: { readonly on: boolean }; answer: AtVersion }
}

export interface ProgramWriting {
  /** What the program calls itself. */
  readonly name: string
  /** The file is written before the answer. */
  readonly save: boolean
}

export interface ProgramWritten extends AtVersion {
  readonly saved: boolean
  /** Why it is not saved. */
  readonly message?: string
}

/** A change of a document that programs watch. */
export interface WatchedChange extends AtVersion {
  readonly by: ChangedBy
  readonly atMs: number
  readonly changes: readonly PartChanged[] | null
}

/** The documents that are watched tell their changes. `changes` null: ask anew, this thread knows nobody who watches. */
export interface WatchedNotice {
  readonly kind: 'watched'
  readonly doc: number
  readonly changes: readonly WatchedChange[] | null
}
