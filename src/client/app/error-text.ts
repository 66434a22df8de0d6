import { RequestError } from '../connection/request-error.ts'
import { Value } from './observable.ts'
import { durationText } from './words.ts'

/** The last failure that was shown, for a help request that chooses to attach it. */
export const lastError = new Value<string | undefined>(undefined)

/** What a person is told of a failure. The other side's messages say what was wrong with what. */
export function errorText(error: unknown): string {
  const text = textOf(error)
  lastError.set(`${new Date().toISOString()} ${text}`)
  return text
}

function textOf(error: unknown): string {
  if (error instanceof RequestError && error.code === 'too_many_requests' && error.retryAfterMs)
    return `${error.message} Try again in ${durationText(error.retryAfterMs)}.`
  if (error instanceof Error) return error.message
  return String(error)
}
