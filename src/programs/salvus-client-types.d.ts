/*
 * Types of the module that SALVUS_CLIENT names, for programs of a project: the build puts this file beside it, as
 * `salvus-client.d.ts`. It stands alone, since nothing else of Salvus is there.
 */

/** A document at one moment of one of its lives. Take it from an answer, hand it back, compare it for equality only. */
export type Revision = string

export interface ReadText {
  readonly text: string
  readonly revision: Revision
}

export interface WriteOptions {
  /** What the text was made of. Undefined: the file is not there yet. */
  readonly revision?: Revision | undefined
  /** False: answered once the change is kept, before it is in the file. */
  readonly save?: boolean
}

export interface WatchOptions {
  /** Tells `missed` first where the document is not this any more. */
  readonly after?: Revision
  /** Ends it: the loop throws its reason. */
  readonly signal?: AbortSignal
}

export interface Written {
  readonly revision: Revision
  /** False where nothing differed. */
  readonly changed: boolean
  /** The file has it. Where not, `message` says why; the change is kept all the same. */
  readonly saved: boolean
  readonly message?: string
}

/** Who made a change. A program's name ends in " (program)". */
export interface ChangedBy {
  readonly name: string
  readonly kind: 'person' | 'program' | 'disk' | 'output'
}

/** What one change did to a part of the document. */
export interface PartChanged {
  readonly what: 'text' | 'cell_inserted' | 'cell_deleted' | 'cell_moved' | 'field' | 'output'
  /** '' for the text of a plain file, `CELL.input` for that of a worksheet's cell; else the cell, field or stream. */
  readonly part: string
  /** Of a text: the line of the text before, from 1, and what stood there and stands there now. */
  readonly line?: number
  readonly deleted?: string
  readonly inserted?: string
}

export type DocumentEvent =
  /** The first: what follows is newer than this. */
  | { readonly event: 'watching'; readonly revision: Revision }
  | {
      readonly event: 'changed'
      readonly revision: Revision
      readonly by: ChangedBy
      readonly atMs: number
      /** Null where it is much: read the document. */
      readonly changes: readonly PartChanged[] | null
    }
  /** Changes were left out, because they came faster than they were read, or while nobody watched. */
  | { readonly event: 'missed'; readonly revision: Revision }
  /** The document can't be watched any more. The last. */
  | { readonly event: 'closed'; readonly code: string; readonly message: string }

export interface DocumentHistory {
  readonly versions: readonly {
    readonly revision: Revision
    readonly sinceMs: number
    readonly atMs: number
    readonly authors: readonly {
      readonly name: string
      readonly inserted: number
      readonly deleted: number
    }[]
  }[]
  readonly more: boolean
}

export interface DocumentBlame {
  readonly revision: Revision
  readonly lines: readonly {
    readonly line: number
    readonly count: number
    /** Null: from before the history. */
    readonly by: string | null
    readonly atMs: number | null
  }[]
}

/** What is refused is thrown with a `code`. */
export interface SalvusError extends Error {
  /**
   * `conflict` (the revision is not known any more: read again), `not_found`, `exists`, `read_only`, `not_text`,
   * `too_large`, `outside_project`, `unavailable`, ...
   */
  readonly code: string
}

/**
 * A document of the project that this program runs in. Changes merge with what people type, as theirs do, under the
 * name of the program. `close` is not needed: nothing is held between two calls.
 */
export interface OpenedDocument {
  readonly path: string
  read(at?: Revision): Promise<ReadText>
  /** Makes of the document what `text` makes of the revision: what others did since stays. */
  write(text: string, options: WriteOptions): Promise<Written>
  append(text: string, options?: Pick<WriteOptions, 'save'>): Promise<Written>
  /** Reads, changes and writes. `change` may be called again. */
  edit(change: (text: string) => string | Promise<string>): Promise<Written>
  /** Each change from now on, whoever makes it, over restarts of Salvus too. */
  watch(options?: WatchOptions): AsyncGenerator<DocumentEvent, void, undefined>
  history(options?: { before?: Revision; limit?: number }): Promise<DocumentHistory>
  /** Who changed each line last. `part`: of a worksheet, `CELL.input`. */
  blame(part?: string): Promise<DocumentBlame>
  restore(revision: Revision): Promise<Written>
}

/** `path` is of the working directory, as for any program. `name` stands beside the changes. */
export declare function openDocument(path: string, options?: { name?: string }): OpenedDocument
