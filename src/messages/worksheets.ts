import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { cellId, channelId, timeMs } from './ids.ts'

/** What runs the cells of a worksheet. */
export const worksheetSession = z.object({
  state: z.enum(['preparing', 'stopped', 'starting', 'ready', 'failed']),
  /** `sage` or plain `python`, known once the Sage server has answered. */
  mode: z.enum(['sage', 'python']).optional(),
  /** Such as `SageMath 9.5` or `Python 3.11 with sympy 1.14`. */
  version: z.string().optional(),
  /** Preparing: what is being done. Failed: what happened. */
  message: z.string().optional(),
  /** What to do about it, such as a command. */
  remedy: z.string().optional(),
  sinceMs: timeMs,
})
export type WorksheetSession = z.infer<typeof worksheetSession>

const completion = z.object({
  label: z.string(),
  /** function, class, module, variable, keyword, ... */
  type: z.string().optional(),
  detail: z.string().optional(),
})

/**
 * Running the cells of an open worksheet. Outputs and run states come as changes of the document (part `c.output`,
 * field `c.run`), made by the local hub, so that nothing depends on a browser staying open.
 */
export const worksheetRequests = {
  /** Runs the cells in this order, each as it is in the document when this request arrives. */
  run_cells: defineRequest(
    'editor',
    { channel: channelId, cells: z.array(cellId).min(1).max(5000) },
    {},
  ),
  /** Interrupts what runs and forgets what waits. */
  interrupt_worksheet: defineRequest('editor', { channel: channelId }, {}),
  /** Ends the session and begins a new one; all variables are lost. */
  restart_worksheet: defineRequest('editor', { channel: channelId }, { session: worksheetSession }),
  get_worksheet_session: defineRequest(
    'viewer',
    { channel: channelId },
    { session: worksheetSession },
  ),
  /** `offset` in UTF-16 code units inside `code`; completions replace [from, to). */
  complete_code: defineRequest(
    'editor',
    { channel: channelId, code: z.string().max(100_000), offset: z.int().min(0) },
    { from: z.int(), to: z.int(), completions: z.array(completion) },
  ),
  /** Help (`?`) or source (`??`) of what is at the offset. */
  inspect_code: defineRequest(
    'editor',
    {
      channel: channelId,
      code: z.string().max(100_000),
      offset: z.int().min(0),
      source: z.boolean(),
    },
    { found: z.boolean(), text: z.string(), language: z.enum(['text', 'rst', 'python']) },
  ),
  /** Answers the question that a cell asks; `conflict` where somebody else has answered it. */
  answer_input: defineRequest(
    'editor',
    { channel: channelId, cell: cellId, run: z.string().max(64), value: z.string().max(100_000) },
    {},
  ),
}

/** Local hub -> client. */
export const worksheetNotices = {
  worksheet_session_changed: defineNotice('viewer', {
    channel: channelId,
    session: worksheetSession,
  }),
}
