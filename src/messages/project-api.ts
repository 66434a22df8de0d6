import type { ErrorCode } from './errors.ts'

/*
 * What programs inside a project ask its local hub: HTTP over the Unix socket that SALVUS_API names, and that the file
 * `.salvus/api` of the project's directory names where the variable is not there. Only the project's user may open it.
 *
 *   GET    /v1/document?path=P[&revision=R]              the file's content, with its revision
 *   PUT    /v1/document?path=P&name=N[&revision=R]       the body is what it is to be, made of revision R;
 *                                                        without R: a file that is not there yet
 *   POST   /v1/document?path=P&name=N                    the body is put at its end; a file that is not there is made
 *   GET    /v1/watch?path=P[&after=R]                    `DocumentEvent`s, a line of JSON each, until somebody closes it
 *   GET    /v1/history?path=P[&before=R][&limit=N]       `DocumentHistory`
 *   GET    /v1/blame?path=P[&part=CELL.input]            `DocumentBlame`
 *   POST   /v1/restore?path=P&name=N&revision=R          makes it what it was; `Written`
 *
 * P is relative to the project's directory, or absolute. PUT and POST are answered by `Written`, once the change is kept
 * and (unless `save=no`) in the file. A refusal is `Refused`, with the status of its code, and has changed nothing.
 */
export const DOCUMENT_ROUTE = '/v1/document'
export const WATCH_ROUTE = '/v1/watch'
export const HISTORY_ROUTE = '/v1/history'
export const BLAME_ROUTE = '/v1/blame'
export const RESTORE_ROUTE = '/v1/restore'

/** Answer header: the revision of the content. */
export const REVISION_HEADER = 'salvus-revision'

/** In the environment of terminals and worksheets: the socket. */
export const API_VARIABLE = 'SALVUS_API'

/** And the module of the TypeScript and JavaScript function. */
export const CLIENT_VARIABLE = 'SALVUS_CLIENT'

/** The file below the project's directory that holds the path of the socket. */
export const API_FILE = '.salvus/api'

/** Characters of a program's name: it stands beside its changes. */
export const PROGRAM_NAME_CHARACTERS_MAX = 100

/** What a program is called that says nothing. */
export const PROGRAM_NAME = 'a program'

/** A document at one moment of one of its lives: `TERM.VERSION`. Programs compare it for equality only. */
export type Revision = string

export interface Written {
  readonly revision: Revision
  /** False where nothing differed. */
  readonly changed: boolean
  /** The file has it. Where not, `message` says why; the change is kept all the same. */
  readonly saved: boolean
  readonly message?: string
}

export interface Refused {
  readonly code: ErrorCode
  readonly message: string
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
  | { readonly event: 'closed'; readonly code: ErrorCode; readonly message: string }

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
