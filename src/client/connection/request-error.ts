import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'

/**
 * A request was refused by the other side, or not answered: `deadline` (it may have been done), `closed` (the
 * connection or the route is away; it may have been done where it had been sent).
 */
export class RequestError extends CodedError<ErrorCode> {
  /** When trying again may succeed, in milliseconds from the answer. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(code, message)
    this.name = 'RequestError'
    this.retryAfterMs = retryAfterMs
  }
}
