import { Worker } from 'node:worker_threads'

import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { REQUEST_DEADLINE_MS } from '../../messages/limits.ts'
import { CodedError } from '../../util/coded-error.ts'
import type {
  FromHistory,
  HistoryPlace,
  HistoryRequestKind,
  HistoryRequests,
  ToHistory,
} from './history-protocol.ts'

/** What the thread's program is told by `workerData`: the sync worker's file holds both. */
export const HISTORY_ROLE = 'history'

/** The thread ends when nobody has asked for so long, in milliseconds: most projects never look back. */
const IDLE_MS = 60_000

/** What the thread may allocate, in megabytes: some segments of the largest texts. */
const HEAP_MB = 1024

/** Requests that wait; a project's people ask for one each. */
const REQUESTS_MAX = 100

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly deadline: NodeJS.Timeout
}

/** The main thread's end of the link to the history thread, which starts when somebody asks. */
export class HistoryLink implements AsyncDisposable {
  readonly #workerUrl: URL
  readonly #logger: Logger
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #requests = 0
  #closed = false

  constructor(workerUrl: URL, logger: Logger) {
    this.#workerUrl = workerUrl
    this.#logger = logger
  }

  /** @throws CodedError what the thread refuses with, `deadline`, `unavailable`, `too_many_requests` */
  request<K extends HistoryRequestKind>(
    kind: K,
    place: HistoryPlace,
    ask: HistoryRequests[K]['ask'],
  ): Promise<HistoryRequests[K]['answer']> {
    if (this.#closed) return Promise.reject(coded('closed', 'the project stops'))
    if (this.#waiting.size >= REQUESTS_MAX) {
      const message = `${REQUESTS_MAX} requests wait for the history of this project's documents`
      return Promise.reject(coded('too_many_requests', message))
    }
    clearTimeout(this.#idle)
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => this.#late(request), REQUEST_DEADLINE_MS)
      // The thread answers a request of kind K with its answer; the port itself has no types.
      this.#waiting.set(request, { resolve: resolve as (value: unknown) => void, reject, deadline })
      const message: Omit<ToHistory, 'kind' | 'ask'> = { request, place }
      this.#started.postMessage({ ...message, kind, ask })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearTimeout(this.#idle)
    await this.#worker?.terminate()
  }

  get #started(): Worker {
    this.#worker ??= this.#start()
    return this.#worker
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl, {
      workerData: HISTORY_ROLE,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.on('message', (message: FromHistory) => this.#receive(message))
    worker.on('error', (error) => this.#logger.error({ err: error }, 'history thread failed'))
    worker.on('exit', () => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      for (const request of [...this.#waiting.keys()]) {
        this.#take(request)?.reject(
          coded('unavailable', 'the history could not be read; try again'),
        )
      }
    })
    return worker
  }

  #receive(message: FromHistory): void {
    const waiting = this.#take(message.request)
    if (this.#waiting.size === 0) {
      this.#idle = setTimeout(() => this.#end(), IDLE_MS)
      this.#idle.unref()
    }
    if ('code' in message) waiting?.reject(new CodedError(message.code, message.message))
    else waiting?.resolve(message.value)
  }

  #late(request: number): void {
    this.#take(request)?.reject(coded('deadline', 'the history did not answer in time'))
  }

  #take(request: number): Waiting | undefined {
    const waiting = this.#waiting.get(request)
    clearTimeout(waiting?.deadline)
    this.#waiting.delete(request)
    return waiting
  }

  #end(): void {
    const worker = this.#worker
    this.#worker = undefined
    void worker?.terminate()
  }
}

function coded(code: ErrorCode, message: string): CodedError {
  return new CodedError(code, message)
}
