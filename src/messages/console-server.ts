import { z } from 'zod'

import { projectPath, requestId } from './ids.ts'

/**
 * Between a local hub and the console server of its project, over a Unix socket that only the project's user can
 * reach. The console server outlives the local hub; the newest connection replaces the one before. A frame:
 *
 *     length u32 big-endian, of what follows . kind u8 . payload
 *
 *     kind 0  JSON, below
 *     kind 1  local hub -> console server: input     terminal varint . sequence varint . session length varint . session . bytes
 *             console server -> local hub: output    terminal varint . offset varint . bytes
 *     kind 2  console server -> local hub: attached   id varint . mode u8 . offset varint . bytes
 *
 * Offsets count all bytes that a terminal ever printed. The answer to `attach` stands in the stream of outputs where
 * it belongs: what follows it goes on where its bytes end.
 */
export const CONSOLE_CONTROL = 0
export const CONSOLE_DATA = 1
export const CONSOLE_ATTACHED = 2

/** In an `attached` frame: the bytes go on from the wanted offset, or draw the whole screen after a reset. */
export const ATTACHED_OUTPUT = 0
export const ATTACHED_SCREEN = 1

/** Number of a terminal in this life of the console server. */
const terminal = z.int().min(1)
const rows = z.int().min(1).max(500)
const columns = z.int().min(1).max(1000)
const offset = z.int().min(0)

export const consoleTerminal = z.object({
  terminal,
  path: z.string(),
  rows,
  columns,
  title: z.string(),
  exitCode: z.int().optional(),
})
export type ConsoleTerminal = z.infer<typeof consoleTerminal>

/** Local hub -> console server. */
export const toConsole = z.discriminatedUnion('event', [
  /** The terminal of the path, begun where there is none. Answered by `opened`. */
  z.object({
    event: z.literal('open'),
    id: requestId,
    path: projectPath,
    rows,
    columns,
    /** Whose input was counted: a tab of a browser. */
    session: z.string().max(64),
  }),
  /** Answered by a frame of kind 2, or `failed`. `offset`: what the viewer has. */
  z.object({ event: z.literal('attach'), id: requestId, terminal, offset: offset.optional() }),
  z.object({ event: z.literal('resize'), terminal, rows, columns }),
  /** How far the viewers have come; the shell is paused beyond a window. Null: nobody looks, nothing holds it. */
  z.object({ event: z.literal('acknowledge'), terminal, offset: offset.nullable() }),
  /** Ends the shell and what it runs. */
  z.object({ event: z.literal('kill'), terminal }),
])
export type ToConsole = z.infer<typeof toConsole>

/** Console server -> local hub. */
export const fromConsole = z.discriminatedUnion('event', [
  /** First on a connection. */
  z.object({ event: z.literal('hello'), terminals: z.array(consoleTerminal) }),
  z.object({
    event: z.literal('opened'),
    id: requestId,
    terminal: consoleTerminal,
    /** The last sequence number of the session that has arrived. */
    inputReceived: z.int().min(0),
  }),
  z.object({ event: z.literal('failed'), id: requestId, code: z.string(), message: z.string() }),
  /** The title, the size, or the end of the shell. */
  z.object({ event: z.literal('changed'), terminal: consoleTerminal }),
  /** Input of the session up to this sequence number has reached the shell. */
  z.object({
    event: z.literal('input_received'),
    terminal,
    session: z.string(),
    sequence: z.int().min(0),
  }),
])
export type FromConsole = z.infer<typeof fromConsole>
