import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { channelId, clientId, projectPath } from './ids.ts'

const rows = z.int().min(1).max(500)
const columns = z.int().min(1).max(1000)

/**
 * Terminals. Each belongs to a path (`NAME.term`) and is shared by all who open it. The payloads on its channel:
 *
 *     client -> local hub   0 . sequence varint . bytes      input; sequence counts this session's inputs from 1
 *     local hub -> client   0 . offset varint . bytes        output; offset (bytes, of all output) of the first
 *                           1 . offset varint . bytes        the screen as it is: reset, then write this
 *                           2 . sequence varint              input of the session up to here has arrived
 *
 * Sizes go beside it, never in it: the last typist's window rules, others show it letterboxed.
 */
export const TERMINAL_INPUT = 0
export const TERMINAL_OUTPUT = 0
export const TERMINAL_SCREEN = 1
export const TERMINAL_INPUT_RECEIVED = 2

export const terminalState = z.object({
  rows,
  columns,
  /** The client whose window rules; undefined before anybody typed. */
  sizeOwner: clientId.optional(),
  viewers: z.array(z.object({ client: clientId, name: z.string(), typing: z.boolean() })),
  title: z.string(),
  /** The exit code where the shell has ended; the next input starts a new one. */
  exitCode: z.int().optional(),
})
export type TerminalState = z.infer<typeof terminalState>

export const terminalRequests = {
  /**
   * Opens or joins the terminal of a path. `session` is the client's own name for its tab (it survives reconnects);
   * with `offset` the answer's channel goes on from there where the output is still kept, and else sends the screen.
   */
  open_terminal: defineRequest(
    'editor',
    {
      path: projectPath,
      rows,
      columns,
      session: z.string().max(64),
      offset: z.int().min(0).optional(),
    },
    { channel: channelId, client: clientId, state: terminalState, inputReceived: z.int().min(0) },
  ),
  close_terminal: defineRequest('editor', { channel: channelId }, {}),
  /** Ends the shell and all it runs; the next input starts a new one. */
  kill_terminal: defineRequest('editor', { channel: channelId }, {}),
}

/** Client -> local hub. */
export const terminalNoticesUp = {
  resize_terminal: defineNotice('editor', { channel: channelId, rows, columns }),
  /** Output up to this offset is on the screen: lets the local hub send more. */
  acknowledge_output: defineNotice('editor', { channel: channelId, offset: z.int().min(0) }),
}

/** Local hub -> client. */
export const terminalNotices = {
  terminal_changed: defineNotice('viewer', { channel: channelId, state: terminalState }),
  terminal_closed: defineNotice('viewer', { channel: channelId, reason: z.string() }),
}
