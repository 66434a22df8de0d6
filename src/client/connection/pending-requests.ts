import type { ErrorCode } from '../../messages/errors.ts'
import { REQUEST_DEADLINE_MS, REQUESTS_MAX } from '../../messages/limits.ts'
import { RequestError } from './request-error.ts'
import type { RequestOptions } from './connection.ts'

/** What a message is after parsing: the fields are trusted, because they come from the page's own hub. */
export type Message = Readonly<Record<string, unknown>>

export type Settle = (result: { answer: Message } | { error: unknown }) => void

interface Pending {
  readonly settle: Settle
  readonly forget: () => void
}

/** The requests of one route that wait for their answer: each is settled exactly once. */
export class PendingRequests {
  readonly #send: (json: string) => void
  readonly #onSettled: () => void
  readonly #pending = new Map<number, Pending>()
  #nextId = 1

  /** `onSettled` is called after each request that was settled. */
  constructor(send: (json: string) => void, onSettled: () => void = () => undefined) {
    this.#send = send
    this.#onSettled = onSettled
  }

  get isWaiting(): boolean {
    return this.#pending.size > 0
  }

  /** `settle` is called synchronously with the answer's arrival: what comes right behind it finds its listener. */
  start(event: string, body: object, options: RequestOptions, settle: Settle): void {
    const { signal, deadlineMs = REQUEST_DEADLINE_MS } = options
    if (signal?.aborted) {
      settle({ error: signal.reason })
      return
    }
    if (this.#pending.size >= REQUESTS_MAX) {
      settle({ error: new RequestError('too_many_requests', `${event}: too much waits already`) })
      return
    }
    const id = this.#nextId++
    const fail = (error: unknown): void => {
      this.#take(id)?.settle({ error })
      this.#onSettled()
    }
    const timer = setTimeout(() => {
      const seconds = Math.round(deadlineMs / 1000)
      fail(new RequestError('deadline', `No answer within ${seconds} seconds (${event}).`))
    }, deadlineMs)
    const abort = (): void => fail(signal?.reason)
    signal?.addEventListener('abort', abort)
    const forget = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    this.#pending.set(id, { settle, forget })
    this.#send(JSON.stringify({ ...body, event, id }))
  }

  /** Takes an `answer` or an `error`; those of requests that were given up are dropped. */
  receive(message: Message): void {
    const pending = typeof message['id'] === 'number' ? this.#take(message['id']) : undefined
    if (!pending) return
    if (message['event'] === 'answer') pending.settle({ answer: message })
    else pending.settle({ error: errorOf(message) })
    this.#onSettled()
  }

  /** The way is gone: nothing that waits will be answered. */
  failAll(code: ErrorCode, text: string): void {
    for (const id of [...this.#pending.keys()])
      this.#take(id)?.settle({ error: new RequestError(code, text) })
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.forget()
    return pending
  }
}

function errorOf(message: Message): RequestError {
  const { code, message: text, retryAfterMs } = message
  return new RequestError(
    // The codes are one table on both sides; one that is newer than this page is shown by its message.
    (typeof code === 'string' ? code : 'internal') as ErrorCode,
    typeof text === 'string' ? text : 'It failed without a reason.',
    typeof retryAfterMs === 'number' ? retryAfterMs : undefined,
  )
}
