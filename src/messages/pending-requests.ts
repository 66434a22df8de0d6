import { CodedError } from '../util/coded-error.ts'
import type { AnswerOf, RequestOf, RequestTable } from './define.ts'
import { answerEnvelope } from './define.ts'
import { errorAnswer } from './errors.ts'
import type { ErrorCode } from './errors.ts'
import { REQUEST_DEADLINE_MS } from './limits.ts'

interface Pending {
  readonly settle: (message: Record<string, unknown>) => void
  readonly fail: (error: Error) => void
}

/** The asking side of a link: numbers requests, and gives each its one answer, an error, or the deadline. */
export class PendingRequests<T extends RequestTable> {
  readonly #table: T
  readonly #send: (json: string) => void
  readonly #pending = new Map<number, Pending>()
  #nextId = 1

  constructor(table: T, send: (json: string) => void) {
    this.#table = table
    this.#send = send
  }

  /**
   * Sends a request. Rejects with the CodedError of its refusal, `deadline`, or what was given to `failAll`.
   */
  request<E extends keyof T & string>(
    event: E,
    body: RequestOf<T, E>,
    deadlineMs: number = REQUEST_DEADLINE_MS,
  ): Promise<AnswerOf<T, E>> {
    const definition = this.#table[event]
    if (!definition) throw new Error(`bug: no request "${event}"`)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new CodedError<ErrorCode>('deadline', `no answer to ${event} in ${deadlineMs} ms`))
      }, deadlineMs)
      this.#pending.set(id, {
        settle: (message) => {
          clearTimeout(timer)
          if (message['event'] === 'error') return reject(refusal(message))
          const parsed = definition.answer.safeParse(message)
          // The schema of this event has parsed its answer.
          if (parsed.success) resolve(parsed.data as AnswerOf<T, E>)
          else reject(new CodedError<ErrorCode>('bad_message', `the answer to ${event} is not one`))
        },
        fail: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      })
      this.#send(JSON.stringify({ ...body, event, id }))
    })
  }

  /** Takes a parsed message where it is an answer; false where it is something else. Late answers are dropped. */
  take(message: unknown): boolean {
    const answer = answerEnvelope.safeParse(message)
    const found = answer.success ? answer : errorAnswer.loose().safeParse(message)
    if (!found.success) return false
    const pending = this.#pending.get(found.data.id)
    this.#pending.delete(found.data.id)
    pending?.settle(found.data)
    return true
  }

  /** Fails all that wait, such as when the link has closed. */
  failAll(error: Error): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const one of pending) one.fail(error)
  }
}

function refusal(message: Record<string, unknown>): CodedError {
  const parsed = errorAnswer.parse(message)
  const error = new CodedError<ErrorCode>(parsed.code, parsed.message)
  return parsed.retryAfterMs === undefined
    ? error
    : Object.assign(error, { retryAfterMs: parsed.retryAfterMs })
}
