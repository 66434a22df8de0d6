import { CodedError } from '../util/coded-error.ts'
import { envelope } from './define.ts'
import type {
  AnswerOf,
  Authorization,
  NoticeOf,
  NoticeTable,
  RequestOf,
  RequestTable,
} from './define.ts'
import { ERRORS } from './errors.ts'
import type { ErrorCode, WireError } from './errors.ts'
import { REQUESTS_MAX } from './limits.ts'
import { parseJson } from './parse-json.ts'

/** What answers each request of a table. A new request does not compile until something handles it. */
export type RequestHandlers<R extends RequestTable, C> = {
  readonly [E in keyof R]: (
    request: RequestOf<R, E>,
    caller: C,
  ) => AnswerOf<R, E> | Promise<AnswerOf<R, E>>
}

/** What takes each notice of a table. */
export type NoticeHandlers<N extends NoticeTable, C> = {
  readonly [E in keyof N]: (notice: NoticeOf<N, E>, caller: C) => void
}

/** A message that was not done: for the log of the side that refused it. */
export interface Refusal {
  readonly event: string
  readonly error: WireError
  readonly cause: unknown
}

export interface DispatchOptions<R extends RequestTable, N extends NoticeTable, C extends object> {
  readonly requests: R
  readonly handlers: RequestHandlers<R, C>
  readonly notices: N
  readonly noticeHandlers: NoticeHandlers<N, C>
  /** Throws what to answer where the caller may not. Where it answers at once, handlers begin in order of arrival. */
  readonly authorize: (
    authorization: Authorization,
    message: Readonly<Record<string, unknown>>,
    caller: C,
  ) => void | Promise<void>
  readonly onRefused: (refusal: Refusal, caller: C) => void
}

/**
 * Takes messages off a socket: parses, checks shape and right, calls the handler, and gives each request exactly
 * one answer, errors included. What can't be answered (a notice, a text that is not JSON) is only told to
 * `onRefused`. Never throws.
 */
export type Dispatch<C> = (json: string, caller: C, answer: (json: string) => void) => void

interface Untyped<C> {
  readonly handle: (message: unknown, caller: C) => unknown
}

export function createDispatch<R extends RequestTable, N extends NoticeTable, C extends object>(
  options: DispatchOptions<R, N, C>,
): Dispatch<C> {
  const waiting = new WeakMap<C, number>()

  return (json, caller, answer) => {
    let event = ''
    let id: number | undefined
    const refuse = (cause: unknown): void => {
      const error = toWireError(cause)
      if (id !== undefined) {
        waiting.set(caller, (waiting.get(caller) ?? 1) - 1)
        answer(JSON.stringify({ event: 'error', id, ...error }))
      }
      options.onRefused({ event, error, cause }, caller)
    }
    try {
      const message = parseEnvelope(json)
      event = message.event
      id = message.id
      if (id === undefined) {
        then(takeNotice(options, message, caller), () => undefined, refuse)
        return
      }
      count(waiting, caller)
      const body = takeRequest(options, message, caller)
      const done = (result: unknown): void => {
        try {
          answer(JSON.stringify({ ...asObject(result), event: 'answer', id }))
        } catch (error) {
          // An answer that is too large to be sent is a refusal too.
          refuse(error)
          return
        }
        waiting.set(caller, (waiting.get(caller) ?? 1) - 1)
      }
      then(body, done, refuse)
    } catch (error) {
      refuse(error)
    }
  }
}

/** What is told of a failure. Only failures with a code of ours are told in words; the rest is `internal`. */
export function toWireError(error: unknown): WireError {
  if (error instanceof CodedError && Object.hasOwn(ERRORS, error.code)) {
    const retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined
    // hasOwn has shown that it is one of the codes.
    const wire: WireError = { code: error.code as ErrorCode, message: error.message.slice(0, 4000) }
    return typeof retryAfterMs === 'number' ? { ...wire, retryAfterMs } : wire
  }
  return { code: 'internal', message: 'something went wrong on the server; it was noted there' }
}

function parseEnvelope(json: string): { event: string; id?: number | undefined } {
  const parsed = envelope.safeParse(parseJson(json))
  if (!parsed.success) {
    throw new CodedError<ErrorCode>('bad_message', 'a message is an object with a field "event"')
  }
  return parsed.data
}

function takeRequest<R extends RequestTable, N extends NoticeTable, C extends object>(
  options: DispatchOptions<R, N, C>,
  message: { event: string },
  caller: C,
): unknown {
  const { event } = message
  const definition = Object.hasOwn(options.requests, event) ? options.requests[event] : undefined
  if (!definition) throw new CodedError<ErrorCode>('unknown_event', `unknown request "${event}"`)
  const parsed = definition.request.safeParse(message)
  if (!parsed.success) throw badMessage(event, parsed.error.issues[0])
  // The handler of this event takes what this event's schema has parsed.
  const handler = options.handlers[event] as unknown as Untyped<C>['handle']
  const allowed = options.authorize(definition.authorization, parsed.data, caller)
  return allowed === undefined
    ? handler(parsed.data, caller)
    : allowed.then(() => handler(parsed.data, caller))
}

function takeNotice<R extends RequestTable, N extends NoticeTable, C extends object>(
  options: DispatchOptions<R, N, C>,
  message: { event: string },
  caller: C,
): unknown {
  const { event } = message
  const definition = Object.hasOwn(options.notices, event) ? options.notices[event] : undefined
  if (!definition) throw new CodedError<ErrorCode>('unknown_event', `unknown notice "${event}"`)
  const parsed = definition.notice.safeParse(message)
  if (!parsed.success) throw badMessage(event, parsed.error.issues[0])
  // The handler of this event takes what this event's schema has parsed.
  const handler = options.noticeHandlers[event] as unknown as Untyped<C>['handle']
  const allowed = options.authorize(definition.authorization, parsed.data, caller)
  return allowed === undefined
    ? handler(parsed.data, caller)
    : allowed.then(() => handler(parsed.data, caller))
}

/** Goes on at once where there is nothing to wait for: a promise would let the next message overtake. */
function then(
  value: unknown,
  done: (result: unknown) => void,
  failed: (error: unknown) => void,
): void {
  // oxlint-disable-next-line promise/no-callback-in-promise -- both ways have to go on in the same two functions
  if (value instanceof Promise) value.then(done, failed)
  else done(value)
}

function count<C extends object>(waiting: WeakMap<C, number>, caller: C): void {
  const requests = (waiting.get(caller) ?? 0) + 1
  waiting.set(caller, requests)
  if (requests > REQUESTS_MAX) {
    throw new CodedError<ErrorCode>(
      'too_many_requests',
      `more than ${REQUESTS_MAX} requests wait for an answer`,
    )
  }
}

function asObject(result: unknown): object {
  return typeof result === 'object' && result !== null ? result : {}
}

function badMessage(
  event: string,
  issue: { path: PropertyKey[]; message: string } | undefined,
): CodedError<ErrorCode> {
  const where = issue === undefined ? '' : `: ${issue.path.join('.')}: ${issue.message}`
  return new CodedError<ErrorCode>('bad_message', `${event}${where}`)
}
