import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A path: what browsers and proxies send. Two slashes would begin a host. */
const PATH = /^\/(?![/\\])/

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'
const NOT_FOUND = 'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/**
 * Stands before Primus, which parses each address with a function that throws at some that name a host, and which
 * leaves upgrades of other addresses open, with nobody who hears their errors: either ended the process.
 */
export function guardRequests(server: Server, pathname: string): void {
  const requests = server.listeners('request')
  const upgrades = server.listeners('upgrade')
  server.removeAllListeners('request')
  server.removeAllListeners('upgrade')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!PATH.test(request.url ?? '')) response.writeHead(400, { Connection: 'close' }).end()
    else for (const listener of requests) listener.call(server, request, response)
  })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = request.url ?? ''
    const refusal = !PATH.test(url) ? BAD_REQUEST : url.startsWith(pathname) ? '' : NOT_FOUND
    if (refusal === '') {
      for (const listener of upgrades) listener.call(server, request, socket, head)
      return
    }
    // Whoever has gone in the meantime needs no answer.
    socket.on('error', () => socket.destroy())
    socket.end(refusal, () => socket.destroy())
  })
}
