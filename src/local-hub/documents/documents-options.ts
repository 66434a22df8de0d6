import type { Logger } from '../../daemon/logging.ts'
import type { DocumentDurability } from '../../messages/documents.ts'
import type { WorksheetSession } from '../../messages/worksheets.ts'
import type { Broadcast, Channels, LocalClient } from '../client.ts'
import type { WorksheetDocument } from '../worksheets/worksheet-document.ts'
import type { WorksheetRunning } from '../worksheets/worksheet-sessions.ts'
import type { ThreadLimits } from './thread-choice.ts'
import type { DocumentPlace } from './worker-protocol.ts'

/** What the documents of a project need of their surroundings. */
export interface OpenDocumentsOptions {
  /** Real path of the project's directory. */
  readonly projectDir: string
  readonly workerUrl: URL
  readonly channels: Channels
  readonly broadcast: Broadcast
  readonly logger: Logger
  /** Default `process`. */
  readonly durability?: DocumentDurability
  /** Starts what runs the cells of a worksheet. Absent: cells don't run. */
  readonly openRunner?: (
    document: WorksheetDocument,
    onSession: (session: WorksheetSession) => void,
  ) => WorksheetRunning
  readonly onUsed: (client: LocalClient, path: string, action: 'open' | 'edit' | 'run') => void
  /** A document was opened or closed, or a segment of its journal was: its history may be looked after. */
  readonly onJournal?: (place: DocumentPlace) => void
  /** The pool's metrics are others. */
  readonly onMetrics?: () => void
  /** Default UNUSED_MS. */
  readonly unusedMs?: number
  /** Default: as the machine has cores. */
  readonly limits?: ThreadLimits
}
