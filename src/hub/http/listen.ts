import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'

import { closableServer } from '../../daemon/closable-server.ts'
import type { Scope } from '../../util/scope.ts'

/** A client that sends its headers so slowly is not a browser. */
const HEADERS_MS = 20_000

/**
 * A server whose application may come later: it listens at once, so that its port is known, and answers 503 until
 * then.
 */
export interface LateServer {
  readonly server: Server
  readonly port: number
  serve(application: RequestListener): void
}

/** Closed with the scope. */
export async function listen(
  at: { readonly host: string; readonly port: number },
  scope: Scope,
): Promise<LateServer> {
  let application: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1' }).end('Salvus is starting.\n')
  }
  const server = createServer({ headersTimeout: HEADERS_MS }, (request, response) => {
    application(request, response)
  })
  const closeServer = closableServer(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, () => resolve())
  })
  scope.defer(async () => {
    server.closeAllConnections()
    await closeServer()
  })
  const address = server.address()
  return {
    server,
    port: typeof address === 'object' && address !== null ? address.port : at.port,
    serve: (given) => {
      application = given
    },
  }
}
