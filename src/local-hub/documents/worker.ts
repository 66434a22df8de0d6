import { parentPort } from 'node:worker_threads'

import { DocumentHost } from './document-host.ts'
import type { ToWorker } from './worker-protocol.ts'

/** The entry of the worker thread that owns documents (dist/sync-worker.js). */
const port = parentPort
if (!port) throw new Error('bug: this module is the entry of a worker thread')

const host = new DocumentHost((message) => port.postMessage(message))
port.on('message', (message: ToWorker) => host.receive(message))
