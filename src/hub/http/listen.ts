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
  /** Resolves when no request is under way, of those that the application answers. */
  idle(): Promise<void>
}

/** Closed with the scope. */
export async function listen(
  at: { readonly host: string; readonly port: number },
  scope: Scope,
): Promise<LateServer> {
  let application: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Retry-After': '1' }).end('Salvus is starting.\n')
  }
  const waiting: (() => void)[] = []
  let underWay = 0
  const server = createServer({ headersTimeout: HEADERS_MS }, (request, response) => {
    underWay++
    response.once('close', () => {
      underWay--
      if (underWay === 0) for (const resolve of waiting.splice(0)) resolve()
    })
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
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  }
}
