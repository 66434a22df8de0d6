import { rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { codeOf } from '../util/coded-error.ts'

/*
 * The supervisor listens on a Unix socket in its data directory. The socket tells whether it runs
 * (no process id that another process may have taken since), and a connection that ends tells when
 * it has stopped. One line of JSON each way: {"ask": "status"} or {"ask": "stop"}.
 */

/** What a running supervisor says of itself. */
export interface Status {
  readonly pid: number
  readonly url: string | undefined
  readonly sinceMs: number
  readonly processes: Readonly<Record<string, string>>
}

export function controlSocketPath(sharedDir: string): string {
  return join(sharedDir, 'run', 'supervisor.sock')
}

/** Listens, readable by the owner alone. A socket file that nobody listens on is replaced. */
export async function listenForControl(
  sharedDir: string,
  handlers: { status: () => Status; stop: () => void },
): Promise<Server> {
  const path = controlSocketPath(sharedDir)
  rmSync(path, { force: true })
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    // Who waits for the end must not keep it from coming.
    socket.unref()
    createInterface({ input: socket }).on('line', (line) => {
      if (line === '{"ask":"status"}') socket.end(`${JSON.stringify(handlers.status())}\n`)
      // The connection stays open: its end is the news that everything has stopped.
      else if (line === '{"ask":"stop"}') handlers.stop()
      else socket.destroy()
    })
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

/** Connects to the supervisor of a data directory; undefined where none runs. */
export async function connectToControl(sharedDir: string): Promise<Socket | undefined> {
  const socket = createConnection(controlSocketPath(sharedDir))
  try {
    await once(socket, 'connect')
    return socket
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined
    throw error
  }
}

/** Asks and reads the one line of the answer. */
export async function askStatus(sharedDir: string): Promise<Status | undefined> {
  const socket = await connectToControl(sharedDir)
  if (socket === undefined) return undefined
  socket.write('{"ask":"status"}\n')
  for await (const line of createInterface({ input: socket })) {
    socket.destroy()
    return parseStatus(line)
  }
  return undefined
}

function parseStatus(line: string): Status {
  // Written by this very program, on a socket that only its owner can open.
  return JSON.parse(line) as Status
}
