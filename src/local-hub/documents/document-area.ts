import type { documentHistoryRequests } from '../../messages/document-history.ts'
import type { documentRequests } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { worksheetRequests } from '../../messages/worksheets.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LocalClient } from '../client.ts'
import type { Handlers } from '../handler.ts'
import type { WorksheetRunning } from '../worksheets/worksheet-sessions.ts'
import { CountsTeller, type DocumentCounts } from './counts-teller.ts'
import { compactSoon, historyHandlers } from './history-area.ts'
import { HistoryLink } from './history-link.ts'
import type { OpenDocument } from './open-document.ts'
import type { OpenDocumentsOptions } from './documents-options.ts'
import { OpenDocuments } from './open-documents.ts'
import type { WorkerPool } from './worker-pool.ts'
import { ProgramDocuments } from './program-documents.ts'
import type { DocumentPlace } from './worker-protocol.ts'

export interface DocumentAreaOptions extends Omit<OpenDocumentsOptions, 'onJournal' | 'onMetrics'> {
  /** Tells a hub how it stands with the documents; false where none hears it. */
  readonly tellCounts?: (counts: DocumentCounts) => boolean
}

export interface DocumentArea extends AsyncDisposable {
  readonly handlers: Handlers<
    | keyof typeof documentRequests
    | keyof typeof documentHistoryRequests
    | keyof typeof worksheetRequests
  >
  /** The threads that own the documents: for metrics. */
  readonly pool: WorkerPool
  /** For programs inside the project. */
  readonly programs: ProgramDocuments
  /** A file or folder was moved in Salvus (paths in the project): what is open follows it. */
  renameOpenDocument(from: string, to: string): Promise<void>
}

/** The documents of a project that people have open, and the cells that run in them. Closing it saves all. */
export function createDocumentArea(options: DocumentAreaOptions): DocumentArea {
  const history = new HistoryLink(options.workerUrl, options.logger)
  const compact = (place: DocumentPlace): void => void compactSoon(place, history, options.logger)
  const counts = new CountsTeller({
    metrics: () => documents.pool.metrics,
    tell: (told) => options.tellCounts?.(told) ?? false,
  })
  const onMetrics = (): void => counts.changed()
  const documents: OpenDocuments = new OpenDocuments({ ...options, onJournal: compact, onMetrics })
  return {
    handlers: {
      ...documentHandlers(documents),
      ...historyHandlers(documents, history),
      ...worksheetHandlers(documents, options),
    },
    pool: documents.pool,
    programs: new ProgramDocuments({ projectDir: options.projectDir, documents, history }),
    renameOpenDocument: (from, to) => documents.moved(from, to),
    async [Symbol.asyncDispose]() {
      await history[Symbol.asyncDispose]()
      await documents[Symbol.asyncDispose]()
      counts[Symbol.dispose]()
    },
  }
}

function documentHandlers(documents: OpenDocuments): Handlers<keyof typeof documentRequests> {
  return {
    async open_document({ path }, client) {
      const document = await documents.open(path, client)
      if (document.channel === undefined) throw notOpen()
      return {
        channel: document.channel,
        path: document.place.path,
        kind: document.kind,
        disk: document.disk,
        remarks: [...document.remarks],
        durability: documents.durability,
      }
    },
    close_document({ channel }, client) {
      documents.of(channel, client).leave(client)
      return {}
    },
    async save_document({ channel }, client) {
      await documents.save(documents.of(channel, client))
      return {}
    },
    compare_document({ channel }, client) {
      documents.compare(documents.of(channel, client))
      return {}
    },
  }
}

function worksheetHandlers(
  documents: OpenDocuments,
  options: DocumentAreaOptions,
): Handlers<keyof typeof worksheetRequests> {
  const running = (channel: number, client: LocalClient): WorksheetRunning =>
    runningOf(documents.of(channel, client))
  return {
    run_cells({ channel, cells }, client) {
      const document = documents.of(channel, client)
      runningOf(document).run(cells)
      options.onUsed(client, document.place.path, 'run')
      return {}
    },
    interrupt_worksheet({ channel }, client) {
      running(channel, client).interrupt()
      return {}
    },
    restart_worksheet: async ({ channel }, client) => ({
      session: await running(channel, client).restart(),
    }),
    get_worksheet_session: ({ channel }, client) => ({ session: running(channel, client).session }),
    complete_code: ({ channel, code, offset }, client) =>
      running(channel, client).complete(code, offset),
    inspect_code: ({ channel, code, offset, source }, client) =>
      running(channel, client).inspect({ code, offset, source }),
    answer_input({ channel, cell, run, value }, client) {
      running(channel, client).answerInput(cell, run, value)
      return {}
    },
  }
}

function runningOf(document: OpenDocument): WorksheetRunning {
  if (document.kind !== 'worksheet') {
    throw new CodedError<ErrorCode>('bad_value', `"${document.place.path}" is no worksheet`)
  }
  if (document.running === undefined) {
    throw new CodedError<ErrorCode>('unavailable', 'nothing runs cells in this project')
  }
  return document.running
}

function notOpen(): CodedError {
  return new CodedError<ErrorCode>('closed', 'this document is not open')
}
