import type { ErrorCode } from '../messages/errors.ts'
import { CodedError } from '../util/coded-error.ts'

/** A refusal with a code that crosses the socket. */
export function refusal(code: ErrorCode, message: string): CodedError<ErrorCode> {
  return new CodedError<ErrorCode>(code, message)
}

/** A refusal after which trying again may succeed, in so many milliseconds. */
export class RetryLater extends CodedError<ErrorCode> {
  readonly retryAfterMs: number

  constructor(code: ErrorCode, message: string, retryAfterMs: number) {
    super(code, message)
    this.retryAfterMs = retryAfterMs
  }
}
