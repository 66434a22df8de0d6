import type { IncomingMessage, ServerResponse } from 'node:http'

import { TEXT_BYTES_MAX } from '../../documents/text-bytes.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import {
  BLAME_ROUTE,
  DOCUMENT_ROUTE,
  HISTORY_ROUTE,
  RESTORE_ROUTE,
  REVISION_HEADER,
  WATCH_ROUTE,
} from '../../messages/project-api.ts'
import { CodedError } from '../../util/coded-error.ts'
import { type ProgramDocuments, revisionOf } from '../documents/program-documents.ts'
import { parseQuery, type Query } from './parse-query.ts'
import { readBody } from './read-body.ts'
import { streamEvents } from './stream-events.ts'

/** Groups of changes that a history lists unless asked for another number. */
const HISTORY_LIMIT = 50

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborts when the program is gone, or the local hub stops. */
  readonly until: AbortSignal
}

type Answer = (documents: ProgramDocuments, query: Query, exchange: Exchange) => Promise<void>

const ANSWERS: Readonly<Record<string, Answer>> = {
  async [`GET ${DOCUMENT_ROUTE}`](documents, { path, revision }, { response }) {
    const { bytes, ...at } = await documents.read(path, revision)
    response.setHeader(REVISION_HEADER, revisionOf(at))
    response.setHeader('content-length', bytes.length)
    response.end(bytes)
  },
  async [`PUT ${DOCUMENT_ROUTE}`](documents, query, { request, response }) {
    const { path, name, save, revision: at } = query
    const bytes = await readBody(request, TEXT_BYTES_MAX)
    json(response, await documents.write(path, { name, save, at, bytes }))
  },
  async [`POST ${DOCUMENT_ROUTE}`](documents, { path, name, save }, { request, response }) {
    const bytes = await readBody(request, TEXT_BYTES_MAX)
    json(response, await documents.append(path, { name, save, bytes }))
  },
  async [`GET ${WATCH_ROUTE}`](documents, query, exchange) {
    await streamEvents(documents, query, exchange)
  },
  async [`GET ${HISTORY_ROUTE}`](documents, { path, before, limit }, { response }) {
    const ask = { limit: limit ?? HISTORY_LIMIT, ...(before ? { before: before.v } : {}) }
    json(response, await documents.history(path, ask))
  },
  async [`GET ${BLAME_ROUTE}`](documents, { path, part }, { response }) {
    json(response, await documents.blame(path, part))
  },
  async [`POST ${RESTORE_ROUTE}`](documents, { path, revision, name, save }, { response }) {
    if (revision === undefined) throw refused('bad_value', 'say to which revision')
    json(response, await documents.restore(path, revision, { name, save }))
  },
}

/** Answers one request of a program. @throws CodedError what it is refused with */
export async function answerRequest(
  documents: ProgramDocuments,
  exchange: Exchange,
): Promise<void> {
  const { method = '', url = '' } = exchange.request
  const { pathname, searchParams } = parsedUrl(url)
  const answer = ANSWERS[`${method} ${pathname}`]
  if (answer === undefined) throw refused('unknown_event', `nothing answers ${method} ${pathname}`)
  await answer(documents, parseQuery(searchParams), exchange)
}

function parsedUrl(url: string): URL {
  try {
    return new URL(url, 'http://salvus')
  } catch (error) {
    throw new CodedError<ErrorCode>('bad_message', 'the address can’t be read', { cause: error })
  }
}

function json(response: ServerResponse, body: object): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(body))
}

function refused(code: ErrorCode, message: string): CodedError {
  return new CodedError(code, message)
}
