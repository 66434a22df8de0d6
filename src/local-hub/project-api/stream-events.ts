import type { ServerResponse } from 'node:http'

import { ERRORS, type ErrorCode } from '../../messages/errors.ts'
import type { DocumentEvent } from '../../messages/project-api.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import type { AtVersion, WatchedChange } from '../documents/program-protocol.ts'
import {
  type ProgramDocuments,
  revisionOf,
  type WatchOfDocument,
} from '../documents/program-documents.ts'
import type { Exchange } from './answer-request.ts'
import type { Query } from './parse-query.ts'

/** Changes wait for a program that reads slowly up to so many bytes; then it is told that it missed some. */
const WAITING_BYTES_MAX = 1024 * 1024

/** Tells a program what happens to a document, until it goes. A document that is reopened meanwhile is followed. */
export async function streamEvents(
  documents: ProgramDocuments,
  { path, after }: Query,
  { response, until }: Exchange,
): Promise<void> {
  const stream = new EventStream(response)
  let known = after
  while (!until.aborted) {
    const lost = new AbortController()
    let watch: WatchOfDocument
    try {
      watch = await documents.watch(path, {
        changes: (changes) => stream.changed(changes),
        missed: (at) => stream.missed(at),
        closed: () => lost.abort(),
      })
    } catch (error) {
      // Before the first line it is a refusal like any other.
      if (!stream.begun) throw error
      return stream.end(error)
    }
    stream.begin(watch.at, known)
    await aborted(AbortSignal.any([until, lost.signal]))
    known = stream.told
    watch.end()
  }
  stream.end(new CodedError<ErrorCode>('closed', 'the local hub of the project stops'))
}

/** The lines of one watch. What does not fit is left out, and told when there is room. */
class EventStream {
  readonly #response: ServerResponse
  #isMissing = false
  begun = false
  told: AtVersion | undefined

  constructor(response: ServerResponse) {
    this.#response = response
    response.on('drain', () => this.#drained())
  }

  begin(at: AtVersion, known: AtVersion | undefined): void {
    if (!this.begun) {
      this.#response.setHeader('content-type', 'application/x-ndjson')
      this.#send({ event: 'watching', revision: revisionOf(at) })
    }
    this.begun = true
    this.told = at
    if (known && revisionOf(known) !== revisionOf(at)) this.missed(at)
  }

  changed(changes: readonly WatchedChange[]): void {
    for (const { v, term, ...change } of changes) {
      this.told = { v, term }
      if (this.#response.writableLength > WAITING_BYTES_MAX) this.#isMissing = true
      if (this.#isMissing) continue
      this.#send({ event: 'changed', revision: revisionOf({ v, term }), ...change })
    }
  }

  missed(at: AtVersion): void {
    this.told = at
    this.#send({ event: 'missed', revision: revisionOf(at) })
  }

  end(error: unknown): void {
    const code = codeOf(error) ?? 'internal'
    this.#send({
      event: 'closed',
      // Else it is a bug's.
      code: Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal',
      message: error instanceof Error ? error.message : String(error),
    })
    this.#response.end()
  }

  #drained(): void {
    if (!this.#isMissing || !this.told) return
    this.#isMissing = false
    this.missed(this.told)
  }

  #send(event: DocumentEvent): void {
    if (this.#response.writable) this.#response.write(`${JSON.stringify(event)}\n`)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
