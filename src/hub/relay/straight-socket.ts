import type { Socket as NetSocket } from 'node:net'

import type { Socket } from 'engine.io'

/** What engine.io and ws have inside, and neither shows. */
interface Insides {
  readonly writeBuffer?: readonly unknown[]
  readonly transport: {
    readonly name: string
    readonly socket?: { readonly readyState: number; readonly _socket?: NetSocket }
  }
}

/** Of a websocket. */
const OPEN = 1

/**
 * The TCP socket of a browser, where a websocket's frame can be written to it as it is: nothing that was sent before
 * waits anywhere. Undefined otherwise: then engine.io takes it, which keeps the order. The way through engine.io and
 * ws costs half as much again as the write itself, and is taken once for each receiver of each message.
 */
export function straightSocket(socket: Socket): NetSocket | undefined {
  if (socket.readyState !== 'open') return undefined
  // Private to the type, and there since engine.io 1; where it is not, frames go through engine.io.
  const { writeBuffer, transport } = socket as unknown as Insides
  if (transport.name !== 'websocket' || writeBuffer?.length !== 0) return undefined
  const websocket = transport.socket
  const tcp = websocket?.readyState === OPEN ? websocket._socket : undefined
  return tcp?.writableLength === 0 && tcp.writable ? tcp : undefined
}

/**
 * Messages of bytes go from engine.io to `receive`. Primus does nothing to them, and takes as long for that as the rest
 * of the hub's way takes. Strings, among them its own, go through it.
 */
export function receiveStraight(socket: Socket, receive: (bytes: Uint8Array) => void): void {
  const listeners = socket.listeners('data')
  socket.removeAllListeners('data')
  socket.on('data', (data: unknown) => {
    if (data instanceof Uint8Array) receive(data)
    else for (const listener of listeners) listener.call(socket, data)
  })
}
