import { Worker } from 'node:worker_threads'

import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { REQUEST_DEADLINE_MS } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import type {
  DocumentNumber,
  FromWorker,
  WorkerNotice,
  WorkerRequestKind,
  WorkerRequests,
} from './worker-protocol.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly deadline: NodeJS.Timeout | undefined
}

export interface WorkerLinkOptions {
  /** The bundled worker: dist/sync-worker.js. */
  readonly workerUrl: URL
  readonly logger: Logger
  readonly onMessage: (message: Exclude<FromWorker, { kind: 'answer' | 'failed' | 'log' }>) => void
  /** The worker is gone, and with it the owners of all documents; their journals are there. */
  readonly onExit: () => void
}

/** What the worker may allocate, in megabytes: some dozens of large texts with their history. */
const WORKER_HEAP_MB = 1024

/** The main thread's end of the link to the worker that owns documents. */
export class WorkerLink {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #options: WorkerLinkOptions
  #requests = 0
  #ended = false

  constructor(options: WorkerLinkOptions) {
    this.#options = options
    this.#worker = new Worker(options.workerUrl, {
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => options.logger.error({ err: error }, 'sync worker failed'))
    this.#worker.on('exit', () => this.#exited())
  }

  /** @throws CodedError what the worker refuses with, `deadline`, `unavailable` where the worker is gone */
  request<K extends WorkerRequestKind>(
    kind: K,
    doc: DocumentNumber,
    ask: WorkerRequests[K]['ask'],
  ): Promise<WorkerRequests[K]['answer']> {
    if (this.#ended) return Promise.reject(workerGone())
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      // Outputs of a run that can't be written wait until they can, or until the worker is gone: given up, they would
      // never be acknowledged.
      const deadline =
        kind === 'commit'
          ? undefined
          : setTimeout(() => this.#late(request, kind), REQUEST_DEADLINE_MS)
      // The worker answers a request of kind K with its answer; the port itself has no types.
      this.#waiting.set(request, { resolve: resolve as (value: unknown) => void, reject, deadline })
      this.#worker.postMessage({ kind, request, doc, ...ask })
    })
  }

  notice(notice: WorkerNotice): void {
    if (this.#ended) return
    if (notice.kind !== 'receive') return this.#worker.postMessage(notice)
    // A payload is a piece of the socket's buffer: copied, so that only it goes, and is moved. Not by slice(), which
    // copies nothing where it is a Buffer: the frames behind it in the same buffer would be gone.
    const payload = new Uint8Array(notice.payload)
    this.#worker.postMessage({ ...notice, payload }, [payload.buffer])
  }

  async close(): Promise<void> {
    this.#ended = true
    await this.#worker.terminate()
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'log') {
      return this.#options.logger[message.level](message.fields, message.message)
    }
    if (message.kind !== 'answer' && message.kind !== 'failed') {
      return this.#options.onMessage(message)
    }
    const waiting = this.#waiting.get(message.request)
    if (waiting === undefined) return
    this.#waiting.delete(message.request)
    clearTimeout(waiting.deadline)
    if (message.kind === 'answer') waiting.resolve(message.value)
    else waiting.reject(new CodedError(message.code, message.message))
  }

  #late(request: number, kind: string): void {
    const message = `the document did not answer "${kind}" in time`
    this.#waiting.get(request)?.reject(new CodedError<ErrorCode>('deadline', message))
    this.#waiting.delete(request)
  }

  #exited(): void {
    const closed = this.#ended
    this.#ended = true
    for (const { reject, deadline } of this.#waiting.values()) {
      clearTimeout(deadline)
      reject(workerGone())
    }
    this.#waiting.clear()
    if (!closed) this.#options.onExit()
  }
}

function workerGone(): CodedError {
  return new CodedError<ErrorCode>(
    'unavailable',
    'the documents of this project are being reopened; try again',
  )
}
