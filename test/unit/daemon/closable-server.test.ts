import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { closableServer } from '../../../src/daemon/closable-server.ts'

/** A server with one connection that was upgraded, as a browser's is. */
async function upgraded() {
  const server = createServer()
  const close = closableServer(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  // Its own side stays open when the other has ended.
  const client = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void client.destroy())
  client.on('error', () => undefined)
  client.write('GET / HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  const [, socket] = (await once(server, 'upgrade')) as [unknown, Socket]
  return { server, close, client, socket }
}

it('closes a server whose client sleeps and says no goodbye', async () => {
  const { server, close, socket } = await upgraded()
  server.closeAllConnections()
  socket.end('goodbye')
  await close()
  expect([server.listening, socket.destroyed]).toEqual([false, true])
})

it('lets a client say goodbye, and is closed then', async () => {
  const { close, client, socket } = await upgraded()
  const heard = once(client, 'data')
  socket.end('goodbye')
  const closing = close()
  expect(String((await heard)[0])).toBe('goodbye')
  client.end()
  await closing
})
