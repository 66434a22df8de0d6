import type { DocumentDisk, DocumentDurability, DocumentKind } from '../../messages/documents.ts'
import type { CellId, Change, Json } from '../../sync/change.ts'
import type { CellRunState } from '../worksheets/worksheet-document.ts'
import type { ProgramRequests, WatchedNotice } from './program-protocol.ts'

/**
 * Between the main thread of a local hub and the worker thread that owns documents. All is addressed by the number
 * of a document, so that documents can be spread over several workers.
 */
export type DocumentNumber = number

/** Numbers a client in this life of the local hub: those of the hubs are unique in their hub only. */
export type ClientNumber = number

/** Where a document lives. */
export interface DocumentPlace {
  /** Relative to the project, for people. */
  readonly path: string
  /** Real path of the file. */
  readonly absolute: string
  /** Of its journal. */
  readonly historyFolder: string
}

/** Asked with a `request` number and answered once. */
export interface WorkerRequests extends ProgramRequests {
  open: {
    ask: {
      place: DocumentPlace
      durability: DocumentDurability
      /** It comes from another thread: who has it open, and who of them is behind. Each is told to ask for what it missed. */
      moved?: readonly { readonly client: ClientNumber; readonly behind: boolean }[]
    }
    answer: OpenedDocument
  }
  save: { ask: object; answer: null }
  commit: { ask: { change: Change }; answer: null }
  /** A change that a person asked for, made on version `on`; answered with its version when it is kept. */
  commit_for: {
    ask: { accountId: string; name: string; on: number; change: Change }
    answer: number
  }
  read_cell: { ask: { cell: CellId }; answer: string | null }
  read_runs: { ask: object; answer: readonly CellRunState[] }
  move: { ask: { place: DocumentPlace }; answer: null }
  /** Saves what is not saved, and forgets the document. */
  close: { ask: object; answer: null }
  /**
   * Forgets the document, whose journal is whole, so that another thread can open it. Refused with `unavailable` where
   * it can't be left as it is.
   */
  release: { ask: object; answer: null }
  /** Forgets the document without a look at its file, which is another's now. */
  abandon: { ask: object; answer: null }
}
export type WorkerRequestKind = keyof WorkerRequests

export interface OpenedDocument {
  readonly kind: DocumentKind
  readonly disk: DocumentDisk
  readonly remarks: readonly string[]
}

export type WorkerRequest = {
  [K in WorkerRequestKind]: {
    kind: K
    request: number
    doc: DocumentNumber
  } & WorkerRequests[K]['ask']
}[WorkerRequestKind]

export type WorkerNotice =
  /** A message of a client; `mayEdit` as its role is at this moment. */
  | {
      readonly kind: 'receive'
      readonly doc: DocumentNumber
      readonly client: ClientNumber
      readonly accountId: string
      readonly name: string
      readonly mayEdit: boolean
      readonly payload: Uint8Array
    }
  | { readonly kind: 'left'; readonly doc: DocumentNumber; readonly client: ClientNumber }
  /** Too much is queued for the client: nothing is sent to it until it is no longer `behind`. */
  | {
      readonly kind: 'behind'
      readonly doc: DocumentNumber
      readonly client: ClientNumber
      readonly behind: boolean
    }
  /** Something happened to the file, or its folder. */
  | { readonly kind: 'disk_changed'; readonly doc: DocumentNumber }

/** Answered by `pong`. */
export interface WorkerPing {
  readonly kind: 'ping'
}

export type ToWorker = WorkerRequest | WorkerNotice | WorkerPing

export type FromWorker =
  | { readonly kind: 'answer'; readonly request: number; readonly value: unknown }
  | {
      readonly kind: 'failed'
      readonly request: number
      readonly code: string
      readonly message: string
    }
  | {
      readonly kind: 'send'
      readonly doc: DocumentNumber
      readonly clients: readonly ClientNumber[]
      readonly payload: Uint8Array
    }
  | {
      readonly kind: 'disk'
      readonly doc: DocumentNumber
      readonly disk: DocumentDisk
      readonly remark?: string
    }
  | WatchedNotice
  /** A segment of the journal was closed: older ones may be looked after. */
  | { readonly kind: 'segment_closed'; readonly doc: DocumentNumber }
  /** A client changed something. */
  | { readonly kind: 'edited'; readonly doc: DocumentNumber; readonly client: ClientNumber }
  /** A client sent what is no message: it has to open the document anew. */
  | {
      readonly kind: 'bad_client'
      readonly doc: DocumentNumber
      readonly client: ClientNumber
      readonly reason: string
    }
  /** A bug ended the owner of this document; what was acknowledged is in its journal. */
  | { readonly kind: 'broken'; readonly doc: DocumentNumber; readonly reason: string }
  /** How busy the thread was lately: the share of its time, and the milliseconds of each document. */
  | {
      readonly kind: 'load'
      readonly busy: number
      readonly documents: readonly (readonly [DocumentNumber, number])[]
      readonly turns: number
      readonly longestMs: number
    }
  /** A page had another text than the document. */
  | { readonly kind: 'diverged'; readonly doc: DocumentNumber }
  /** It is alive. */
  | { readonly kind: 'pong' }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn' | 'error'
      readonly message: string
      readonly fields: { readonly [key: string]: Json }
    }
