import { Worker } from 'node:worker_threads'

import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { REQUEST_DEADLINE_MS } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import type {
  DocumentNumber,
  FromWorker,
  WorkerNotice,
  WorkerPing,
  WorkerRequestKind,
  WorkerRequests,
} from './worker-protocol.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly deadline: NodeJS.Timeout | undefined
}

/** What is for others than the link itself. */
export type WorkerMessage = Exclude<FromWorker, { kind: 'answer' | 'failed' | 'log' | 'pong' }>

export interface WorkerLinkOptions {
  /** The bundled worker: dist/sync-worker.js. */
  readonly workerUrl: URL
  readonly logger: Logger
  readonly onMessage: (message: WorkerMessage) => void
  /** The worker is gone, and with it the owners of all documents; their journals are there. */
  readonly onExit: () => void
}

/** A thread that answered nothing for so long after something was sent is asked whether it lives, in milliseconds. */
const SILENT_MS = 15_000

/** And where it does not answer that either, it is ended: its documents are opened anew, from their journals. */
const PONG_MS = 15_000

/** What a thread may allocate, in megabytes: some dozens of large texts with their history. */
const WORKER_HEAP_MB = 1024
/** Of what was made a moment ago, before it is looked at: by default it grows to 48, and stays. */
const WORKER_YOUNG_MB = 12

/** The main thread's end of the link to a worker that owns documents. */
export class WorkerLink {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #options: WorkerLinkOptions
  #requests = 0
  #ended = false
  /** Nothing was heard since something was sent. */
  #unanswered = false
  #silence: NodeJS.Timeout | undefined

  constructor(options: WorkerLinkOptions) {
    this.#options = options
    this.#worker = new Worker(options.workerUrl, {
      resourceLimits: {
        maxOldGenerationSizeMb: WORKER_HEAP_MB,
        maxYoungGenerationSizeMb: WORKER_YOUNG_MB,
      },
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
      this.#post({ kind, request, doc, ...ask })
    })
  }

  notice(notice: WorkerNotice): void {
    if (this.#ended) return
    if (notice.kind !== 'receive') return this.#post(notice)
    // A payload is a piece of the socket's buffer: copied, so that only it goes, and is moved. Not by slice(), which
    // copies nothing where it is a Buffer: the frames behind it in the same buffer would be gone.
    const payload = new Uint8Array(notice.payload)
    this.#post({ ...notice, payload }, [payload.buffer])
  }

  /** Ends the thread as a crash does: who waits is told, and `onExit` is called. */
  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  async close(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#silence)
    await this.#worker.terminate()
  }

  #post(message: object, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
    this.#unanswered = true
    this.#silence ??= setTimeout(() => this.#ask(), SILENT_MS).unref()
  }

  /** A disk that hangs is no reason to end a thread, an endless loop is. */
  #ask(): void {
    this.#silence = undefined
    if (!this.#unanswered) return
    const ping: WorkerPing = { kind: 'ping' }
    this.#worker.postMessage(ping)
    this.#silence = setTimeout(() => this.#look(), PONG_MS).unref()
  }

  #look(): void {
    this.#silence = undefined
    if (!this.#unanswered) return
    this.#options.logger.error({ silentMs: PONG_MS }, 'a thread of documents is stuck')
    void this.#worker.terminate()
  }

  #receive(message: FromWorker): void {
    this.#unanswered = false
    if (message.kind === 'pong') return
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
    clearTimeout(this.#silence)
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
