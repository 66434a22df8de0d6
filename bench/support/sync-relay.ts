import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { Duplex as DuplexStream } from 'node:stream'

import { WebSocket, WebSocketServer } from 'ws'

import { requirePeer } from './sync-peer-packages.ts'

/**
 * The hop that peers lack and Salvus has: a process that ends the websockets of clients and forwards each message over
 * a websocket of its own to the server, unread, as soon as it comes.
 */
export async function runRelay(upstreamPort: number): Promise<void> {
  const relay = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  relay.on('connection', (client, request) => {
    const address = `ws://127.0.0.1:${upstreamPort}${request.url ?? '/'}`
    const upstream = new WebSocket(address, { perMessageDeflate: false })
    const early: { data: WebSocket.RawData; binary: boolean }[] = []
    client.on('message', (data, binary) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data, { binary })
      else early.push({ data, binary })
    })
    upstream.on('open', () => {
      for (const { data, binary } of early.splice(0)) upstream.send(data, { binary })
    })
    upstream.on('message', (data, binary) => client.send(data, { binary }))
    upstream.on('close', () => client.close())
    client.on('close', () => upstream.close())
    upstream.on('error', () => client.terminate())
    client.on('error', () => upstream.terminate())
  })
  await once(relay, 'listening')
  // A server of sockets of the internet has such an address.
  process.send?.((relay.address() as AddressInfo).port)
}

interface Hocuspocus {
  Server: new (options: object) => { listen(): Promise<unknown> }
}

/** Without a database, as y-websocket is by default. */
export async function runHocuspocus(peers: string, port: number): Promise<void> {
  const { Server } = requirePeer<Hocuspocus>(peers, '@hocuspocus/server')
  await new Server({ port, address: '127.0.0.1', quiet: true, stopOnSignals: true }).listen()
}

interface ShareBackend {
  listen(stream: Duplex): void
}

/** In memory, with the type json0 that it has by itself. */
export async function runSharedb(peers: string, port: number): Promise<void> {
  const Backend = requirePeer<new () => ShareBackend>(peers, 'sharedb')
  const backend = new Backend()
  const server = createServer((_request, response) => response.end('okay'))
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', (socket) => backend.listen(streamOf(socket)))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

/** As @teamwork/websocket-json-stream, which ShareDB's documentation uses. */
function streamOf(socket: WebSocket): Duplex {
  const stream = new DuplexStream({
    objectMode: true,
    read: () => undefined,
    write: (message, _encoding, done) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
      done()
    },
  })
  socket.on('message', (data: Buffer) => stream.push(JSON.parse(data.toString())))
  socket.on('close', () => {
    stream.push(null)
    stream.end()
    stream.destroy()
  })
  return stream
}
