import type { Server, Socket } from 'node:net'

import { within } from './life-cycle.ts'

/**
 * What was sent last, and the other side's goodbye, may take so long, in milliseconds. A laptop that sleeps and a phone
 * without a network say none: `ws` would wait 30 s for each.
 */
const GOODBYES_MS = 1000

/**
 * Follows the connections of a server, those that were upgraded included, which `closeAllConnections` leaves open.
 * Returns how to close it with all of them: to be called when everybody was told.
 */
export function closableServer(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    if (await within(closed, GOODBYES_MS)) return
    for (const socket of sockets) socket.destroy()
    await closed
  }
}
