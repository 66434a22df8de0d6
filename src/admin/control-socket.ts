import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { connectWhereHeard, listenPrivately } from './private-socket.ts'

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

/** Listens for those who ask it, the owner alone. */
export function listenForControl(
  sharedDir: string,
  handlers: { status: () => Status; stop: () => void },
): Promise<Server> {
  return listenPrivately(controlSocketPath(sharedDir), (line, socket) => {
    if (line === '{"ask":"status"}') socket.end(`${JSON.stringify(handlers.status())}\n`)
    // The connection stays open: its end is the news that everything has stopped.
    else if (line === '{"ask":"stop"}') handlers.stop()
    else socket.destroy()
  })
}

/** Connects to the supervisor of a data directory; undefined where none runs. */
export function connectToControl(sharedDir: string): Promise<Socket | undefined> {
  return connectWhereHeard(controlSocketPath(sharedDir))
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
