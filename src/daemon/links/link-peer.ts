import { createDispatch } from '../../messages/dispatch.ts'
import type { NoticeHandlers, RequestHandlers } from '../../messages/dispatch.ts'
import type { AnswerOf, NoticeTable, RequestOf, RequestTable } from '../../messages/define.ts'
import { ERRORS } from '../../messages/errors.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { PendingRequests } from '../../messages/pending-requests.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Logger } from '../logging.ts'
import type { Link } from './link.ts'

export interface LinkPeerOptions<
  Asked extends RequestTable,
  Asks extends RequestTable,
  Notices extends NoticeTable,
> {
  readonly link: Link
  readonly logger: Logger
  /** Requests that the other side sends, and who answers them. */
  readonly asked: Asked
  readonly handlers: RequestHandlers<Asked, Link>
  /** Requests that this side sends. */
  readonly asks: Asks
  /** Notices that the other side sends. */
  readonly notices: Notices
  readonly noticeHandlers: NoticeHandlers<Notices, Link>
}

export interface LinkPeer<Asks extends RequestTable> {
  /** Rejects with the refusal's code, `deadline`, or `closed` when the link ends first. */
  request<E extends keyof Asks & string>(
    event: E,
    body: RequestOf<Asks, E>,
    deadlineMs?: number,
  ): Promise<AnswerOf<Asks, E>>
  /** Takes the payload of a control frame. */
  receive(payload: Uint8Array): void
}

/** Requests, answers and notices in the control frames of a link, both ways. Both ends have shown the secret. */
export function createLinkPeer<
  Asked extends RequestTable,
  Asks extends RequestTable,
  Notices extends NoticeTable,
>(options: LinkPeerOptions<Asked, Asks, Notices>): LinkPeer<Asks> {
  const { link, logger } = options
  const pending = new PendingRequests(options.asks, (json) => link.sendControl(json))
  const closedError = (): CodedError<ErrorCode> =>
    new CodedError<ErrorCode>('closed', `the link is closed: ${String(link.closed.reason)}`)
  link.closed.addEventListener('abort', () => pending.failAll(closedError()))
  const dispatch = createDispatch<Asked, Notices, Link>({
    requests: options.asked,
    handlers: options.handlers,
    notices: options.notices,
    noticeHandlers: options.noticeHandlers,
    authorize: () => undefined,
    onRefused: ({ event, error, cause }) => {
      logger[ERRORS[error.code].level]({ event, code: error.code, err: cause }, 'refused on a link')
    },
  })
  return {
    request(event, body, deadlineMs) {
      if (link.closed.aborted) return Promise.reject(closedError())
      return pending.request(event, body, deadlineMs)
    },
    receive(payload) {
      const json = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString()
      // Answers begin as our own side writes them or not: parsed once more where they are none.
      if (/"event":"(answer|error)"/.test(json) && pending.take(parseJson(json))) return
      dispatch(json, link, (answer) => link.sendControl(answer))
    },
  }
}
