import { type IncomingMessage, request as httpRequest } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

import type { ErrorCode } from '../messages/errors.ts'
import type { Refused } from '../messages/project-api.ts'
import { CodedError, codeOf } from '../util/coded-error.ts'
import { findSocket } from './find-socket.ts'

/** A local hub that was killed is back in a second or two; nobody listens for longer: the project is stopped. In ms. */
const CONNECT_MS = 10_000
const CONNECT_AGAIN_MS = 200

/** An answer takes no longer, in milliseconds: the largest text is merged, kept and saved in a few seconds. */
const ANSWER_MS = 60_000

/** What connecting fails with while nobody listens: nothing was sent. */
const NOT_LISTENING: ReadonlySet<unknown> = new Set(['ENOENT', 'ECONNREFUSED'])

/** What it fails with where a local hub ends meanwhile. */
const LOST: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'])

export interface Asked {
  readonly method: 'GET' | 'PUT' | 'POST'
  readonly route: string
  readonly query: Readonly<Record<string, string | undefined>>
  readonly body?: Uint8Array
  readonly signal?: AbortSignal
}

/**
 * Asks the project's local hub, and waits where it is just being started. Resolves with an answer that is none of
 * refusal; read its body. @throws CodedError what it is refused with; `unavailable` where nobody listens, or where the
 * connection is lost before the answer
 */
export async function ask(asked: Asked): Promise<IncomingMessage> {
  const until = performance.now() + CONNECT_MS
  for (;;) {
    try {
      const response = await send(findSocket(), asked)
      if (response.statusCode === 200) return response
      throw await refusal(response)
    } catch (error) {
      if (error instanceof CodedError) throw error
      const isLost = LOST.has(codeOf(error))
      if (!NOT_LISTENING.has(codeOf(error)) && !isLost) throw error
      if (isLost && asked.method !== 'GET') throw unavailable(UNKNOWN_RESULT, error)
      if (performance.now() > until) throw unavailable(NOBODY, error)
    }
    await pause(CONNECT_AGAIN_MS, undefined, asked.signal ? { signal: asked.signal } : {})
  }
}

/** All of an answer. @throws CodedError `unavailable` where its end is missing */
export async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    // A stream without an encoding gives buffers.
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  } catch (error) {
    throw unavailable('the connection was lost in the middle of the answer: try again', error)
  }
  return Buffer.concat(chunks)
}

/** As the routes say what they answer. */
export async function jsonOf<T>(response: IncomingMessage): Promise<T> {
  return JSON.parse((await bodyOf(response)).toString()) as T
}

function send(socketPath: string, asked: Asked): Promise<IncomingMessage> {
  const { method, route, body, signal } = asked
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(asked.query)) {
    if (value !== undefined) query.set(name, value)
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        socketPath,
        method,
        path: `${route}?${query.toString()}`,
        // One connection each: one that was kept may be lost when it is used again, and who knows what arrived.
        agent: false,
        headers: { 'content-length': body?.length ?? 0 },
        ...(signal ? { signal } : {}),
      },
      (response) => {
        clearTimeout(timer)
        resolve(response)
      },
    )
    const timer = setTimeout(() => {
      request.destroy(new CodedError<ErrorCode>('deadline', 'the local hub did not answer in time'))
    }, ANSWER_MS)
    request.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    request.end(body)
  })
}

async function refusal(response: IncomingMessage): Promise<CodedError> {
  const { code, message } = await jsonOf<Refused>(response)
  return new CodedError<ErrorCode>(code, message)
}

const UNKNOWN_RESULT =
  'the connection was lost before the answer: read the document to see whether the change was made'

const NOBODY = 'the project does not answer: it is stopped, or being started; try again'

function unavailable(message: string, cause: unknown): CodedError {
  return new CodedError<ErrorCode>('unavailable', message, { cause })
}
