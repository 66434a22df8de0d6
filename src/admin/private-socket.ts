import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { createInterface } from 'node:readline'

import { codeOf } from '../util/coded-error.ts'

/**
 * Listens on a Unix socket for lines of text, readable by the owner alone. A socket file that nobody listens on is
 * replaced.
 */
export async function listenPrivately(
  path: string,
  onLine: (line: string, socket: Socket) => void,
): Promise<Server> {
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Who waits for the end must not keep it from coming.
    socket.unref()
    createInterface({ input: socket }).on('line', (line) => onLine(line, socket))
  })
  const mask = process.umask(0o177)
  try {
    server.listen(path)
    await once(server, 'listening')
  } finally {
    process.umask(mask)
  }
  return server
}

/** Connects; undefined where nobody listens. */
export async function connectWhereHeard(path: string): Promise<Socket | undefined> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw error
  }
}
