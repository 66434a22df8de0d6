import { mkdirSync } from 'node:fs'
import type { Server } from 'node:net'
import { dirname, join } from 'node:path'

import { z } from 'zod'

import { Failure } from '../failure.ts'
import { connectWhereHeard, listenPrivately } from '../private-socket.ts'

/*
 * The supervisor of a host listens on a Unix socket in its data directory, which tells whether it runs. A line of JSON
 * each way; the answer comes when what was asked for is done.
 */

export const ACTIONS = ['start', 'stop', 'restart', 'reload'] as const
export type Action = (typeof ACTIONS)[number]

const request = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('status') }),
  /** Answered when every service serves, or one can't. */
  z.strictObject({ ask: z.literal('await_ready') }),
  /** Ends the supervisor with all its services; the end of the connection is the news. */
  z.strictObject({ ask: z.literal('end') }),
  z.strictObject({ ask: z.enum(ACTIONS), service: z.string() }),
])
export type Ask = z.infer<typeof request>

const answer = z.union([
  z.strictObject({ error: z.string() }),
  z.strictObject({
    deployment: z.string(),
    host: z.string(),
    pid: z.int(),
    sinceMs: z.number(),
    services: z.array(
      z.strictObject({
        id: z.string(),
        /** In words. */
        state: z.string(),
        serves: z.boolean(),
        failed: z.boolean(),
        /** What a person should know of it. */
        note: z.string().optional(),
      }),
    ),
  }),
])
export type Answer = z.infer<typeof answer>
export type HostStatus = Exclude<Answer, { error: string }>

export function controlPath(dataDir: string): string {
  return join(dataDir, 'run', 'services.sock')
}

/** Listens for those who ask it, the owner alone. */
export function listenForAsks(
  dataDir: string,
  handle: (ask: Ask) => Promise<Answer>,
): Promise<Server> {
  const path = controlPath(dataDir)
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 })
  return listenPrivately(path, (line, socket) => {
    void answerLine(line, handle).then((text) => {
      if (!socket.destroyed) socket.end(`${text}\n`)
    })
  })
}

/** Asks the supervisor of a host; undefined where none runs, or where it ended before it answered. */
export async function askSupervisor(
  dataDir: string,
  ask: Ask,
  deadlineMs: number,
): Promise<Answer | undefined> {
  const socket = await connectWhereHeard(controlPath(dataDir))
  if (socket === undefined) return undefined
  const late = new Failure(
    `The supervisor has not answered within ${deadlineMs / 1000} s.`,
    'See what its services do: salvus status, salvus logs',
  )
  const timer = setTimeout(() => socket.destroy(late), deadlineMs)
  try {
    socket.write(`${JSON.stringify(ask)}\n`)
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
    return text === '' ? undefined : answer.parse(JSON.parse(text))
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

async function answerLine(line: string, handle: (ask: Ask) => Promise<Answer>): Promise<string> {
  try {
    return JSON.stringify(await handle(request.parse(JSON.parse(line))))
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) })
  }
}
