import { parentPort, workerData } from 'node:worker_threads'

import { DocumentHost } from './document-host.ts'
import { HISTORY_ROLE } from './history-link.ts'
import type { ToHistory } from './history-protocol.ts'
import { HistoryService } from './history-service.ts'
import type { ToWorker } from './worker-protocol.ts'

/** The entry of the threads that own documents, and of the one that reads their history (dist/sync-worker.js). */
const port = parentPort
if (!port) throw new Error('bug: this module is the entry of a worker thread')

if (workerData === HISTORY_ROLE) {
  const history = new HistoryService((message) => port.postMessage(message))
  port.on('message', (message: ToHistory) => history.receive(message))
} else {
  const host = new DocumentHost((message) => port.postMessage(message))
  port.on('message', (message: ToWorker) => host.receive(message))
}
