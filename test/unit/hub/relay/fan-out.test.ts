import { WebSocket, WebSocketServer } from 'ws'
import { expect, it, onTestFinished } from 'vitest'

import { FanOut } from '../../../../src/hub/relay/fan-out.ts'
import { isAllowedOrigin } from '../../../../src/hub/relay/origin.ts'
import { decodeBinaryFrame } from '../../../../src/messages/frames.ts'
import { LINK_BINARY, LINK_TEXT } from '../../../../src/messages/hub-local-hub.ts'

it.each([0, 1, 120, 121, 125, 126, 300, 65_530, 65_536, 1_000_000])(
  'a prepared websocket frame of %i bytes is read by a websocket as what polling sends',
  async (bytes) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    await new Promise((resolve) => server.once('listening', resolve))
    const text = new FanOut(LINK_TEXT, Buffer.from('é'.repeat(bytes / 2)))
    const binary = new FanOut(LINK_BINARY, Buffer.alloc(bytes, 3))
    server.on('connection', (_socket, request) => {
      for (const frame of [text, binary]) {
        for (const part of frame.websocketFrame(70)) request.socket.write(part)
      }
    })
    const address = server.address()
    if (typeof address === 'string' || address === null) throw new Error('not listening')
    const client = new WebSocket(`ws://127.0.0.1:${address.port}`)
    onTestFinished(() => client.terminate())
    const got = await new Promise<Buffer[]>((resolve, reject) => {
      const messages: Buffer[] = []
      client.on('error', reject)
      client.on('message', (data) => {
        messages.push(data as Buffer)
        if (messages.length === 2) resolve(messages)
      })
    })
    expect(got[0]?.toString()).toBe(`4${String(text.message(70))}`)
    expect(got[1]?.equals(binary.message(70) as Buffer)).toBe(true)
    const { route, body } = decodeBinaryFrame(got[1] ?? Buffer.alloc(0))
    expect([route, body.length]).toEqual([70, bytes])
  },
)

it.each([
  [{ origin: 'https://a.example' }, true],
  [{ origin: 'https://a.example.evil.com' }, false],
  [{ origin: 'https://A.example' }, false],
  [{ origin: 'https://a.example:444' }, false],
  [{ origin: 'null' }, false],
  [{}, true],
  [{ upgrade: 'websocket' }, false],
  [{ 'sec-fetch-site': 'same-site' }, false],
])('headers %j: allowed %s', (headers, allowed) => {
  const request = { headers, method: 'GET' } as unknown as Parameters<typeof isAllowedOrigin>[0]
  expect(isAllowedOrigin(request, new Set(['https://a.example']))).toBe(allowed)
})
