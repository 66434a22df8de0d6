import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

import { DocumentHost } from './document-host.ts'
import { HISTORY_ROLE } from './history-link.ts'
import type { ToHistory } from './history-protocol.ts'
import { HistoryService } from './history-service.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

/** Payloads of more bytes are moved to the main thread, which would have to copy them. */
const MOVED_BYTES_MIN = 64 * 1024

/** The entry of the threads that own documents, and of the one that reads their history (dist/sync-worker.js). */
const port = parentPort
if (!port) throw new Error('bug: this module is the entry of a worker thread')

if (workerData === HISTORY_ROLE) {
  const history = new HistoryService((message) => port.postMessage(message))
  port.on('message', (message: ToHistory) => history.receive(message))
} else {
  const host = new DocumentHost((message) => post(port, message))
  port.on('message', (message: ToWorker) => host.receive(message))
}

/** What the main thread does with a message must not depend on its length: it is copied here. */
function post(to: MessagePort, message: FromWorker): void {
  if (message.kind !== 'send' || message.payload.length < MOVED_BYTES_MIN) {
    return to.postMessage(message)
  }
  // The document may send the same bytes to others later.
  const payload = new Uint8Array(message.payload)
  to.postMessage({ ...message, payload }, [payload.buffer])
}
