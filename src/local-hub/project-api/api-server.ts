import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { Logger } from '../../daemon/logging.ts'
import { ERRORS } from '../../messages/errors.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { API_FILE, type Refused } from '../../messages/project-api.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import type { ProgramDocuments } from '../documents/program-documents.ts'
import { answerRequest } from './answer-request.ts'

/** Connections at once: a program has one, and one for each document that it watches. */
const CONNECTIONS_MAX = 256

/** Bytes of a request's line and headers: a path of 4096 characters, each written as up to nine. */
const HEADER_BYTES_MAX = 48 * 1024

/** A request's head, and all of it, take no longer to arrive, in milliseconds: who sends is on this machine. */
const HEAD_MS = 10_000
const REQUEST_MS = 60_000

/** A connection that asks nothing is closed after this, in milliseconds. */
const IDLE_MS = 30_000

/** For requests that are under way when the local hub stops, in milliseconds. */
const LAST_ANSWERS_MS = 500

export interface ApiServerOptions {
  /** Real path of the project's directory. */
  readonly projectDir: string
  /** In a folder that only the project's user may enter. */
  readonly socketPath: string
  readonly documents: ProgramDocuments
  readonly logger: Logger
}

/** The documents of a project for the programs in it: src/messages/project-api.ts says how it is asked. */
export class ApiServer implements AsyncDisposable {
  readonly #options: ApiServerOptions
  readonly #server: Server
  readonly #closing = new AbortController()

  /** Listens, in the place of a socket that a killed process left, and says in the project where. */
  static async listen(options: ApiServerOptions): Promise<ApiServer> {
    const { socketPath, projectDir } = options
    await rm(socketPath, { force: true })
    const api = new ApiServer(options)
    await new Promise<void>((resolve, reject) => {
      api.#server.once('error', reject)
      api.#server.listen(socketPath, resolve)
    })
    await chmod(socketPath, 0o600)
    const file = join(projectDir, API_FILE)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, `${socketPath}\n`, { mode: 0o600 })
    return api
  }

  private constructor(options: ApiServerOptions) {
    this.#options = options
    this.#server = createServer(
      {
        maxHeaderSize: HEADER_BYTES_MAX,
        headersTimeout: HEAD_MS,
        requestTimeout: REQUEST_MS,
        keepAliveTimeout: IDLE_MS,
      },
      (request, response) => void this.#serve(request, response),
    )
    this.#server.maxConnections = CONNECTIONS_MAX
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
      const code: ErrorCode = error.code === 'HPE_HEADER_OVERFLOW' ? 'too_large' : 'bad_message'
      socket.end(rawRefusal({ code, message: `no request in HTTP: ${error.message}` }))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    // The documents are saved behind this: a program that does not end its request must not hold them up.
    const timer = setTimeout(() => this.#server.closeAllConnections(), LAST_ANSWERS_MS)
    await closed
    clearTimeout(timer)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', (error) => this.#options.logger.info({ err: error }, 'a program is gone'))
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const until = AbortSignal.any([gone.signal, this.#closing.signal])
    try {
      await answerRequest(this.#options.documents, { request, response, until })
    } catch (error) {
      this.#refuse(request, response, refusalOf(error), error)
    }
    if (this.#closing.signal.aborted) request.socket.destroySoon()
  }

  // oxlint-disable-next-line max-params -- what is told, to whom, and why
  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    refused: Refused,
    cause: unknown,
  ): void {
    const { level, status } = ERRORS[refused.code]
    const fields = { code: refused.code, method: request.method }
    this.#options.logger[level](level === 'error' ? { ...fields, err: cause } : fields, 'refused')
    if (response.headersSent || !response.writable) return void response.destroy()
    // The rest of a body that is too large is not waited for.
    if (!request.complete) response.setHeader('connection', 'close')
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(refused))
  }
}

function refusalOf(error: unknown): Refused {
  const code = codeOf(error) ?? ''
  if (error instanceof CodedError && Object.hasOwn(ERRORS, code)) {
    // It is one of the table.
    return { code: code as ErrorCode, message: error.message }
  }
  return { code: 'internal', message: 'something failed that should not: see the project’s log' }
}

function rawRefusal(refused: Refused): string {
  const body = JSON.stringify(refused)
  const { status } = ERRORS[refused.code]
  const head = `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json`
  return `${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`
}
