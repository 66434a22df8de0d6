import type { z } from 'zod'

import type { ErrorCode } from '../../messages/errors.ts'
import type { httpRequests, HttpRequestName } from '../../messages/http.ts'
import { REQUEST_DEADLINE_MS } from '../../messages/limits.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { RequestError } from '../connection/request-error.ts'

type Requests = typeof httpRequests

/** What sets or clears the session's cookie: `POST <base>/api/NAME`. Rejects with a RequestError. */
export async function post<N extends HttpRequestName>(
  name: N,
  body: z.input<Requests[N]['request']>,
): Promise<z.output<Requests[N]['answer']>> {
  const response = await send(name, JSON.stringify(body))
  const text = await response.text()
  const answer = text.startsWith('{') ? parseJson(text) : undefined
  if (response.ok) return answer as z.output<Requests[N]['answer']>
  throw refusalOf(answer, response.status)
}

async function send(name: string, body: string): Promise<Response> {
  try {
    return await fetch(new URL(`api/${name}`, document.baseURI), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-salvus': '1' },
      body,
      signal: AbortSignal.timeout(REQUEST_DEADLINE_MS),
    })
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError'
    throw late
      ? new RequestError('deadline', 'The server did not answer. Try again.')
      : new RequestError(
          'closed',
          'The server could not be reached. Look at your network and try again.',
        )
  }
}

function refusalOf(answer: unknown, status: number): RequestError {
  if (typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer) {
    const { code, message } = answer
    const retryAfterMs = 'retryAfterMs' in answer ? Number(answer.retryAfterMs) : undefined
    // The codes are one table on both sides.
    return new RequestError(String(code) as ErrorCode, String(message), retryAfterMs)
  }
  return new RequestError('internal', `The server answered with status ${status}.`)
}
