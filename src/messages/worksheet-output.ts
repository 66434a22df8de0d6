import { z } from 'zod'

import { projectPath, sha256, timeMs } from './ids.ts'

/**
 * One message of a cell's output stream (part `c.output`), as in a `.sagews` file: an object with one of these
 * keys. Files hold more kinds, made by other programs; a reader shows what it knows and keeps the rest.
 *
 * `clear` never reaches a document (a new stream begins instead). Where `delete_last` stands, the message
 * before it is not shown. A question (`raw_input`) is followed by the same with its answer, which replaces it.
 */
export const outputMessage = z.union([
  z.object({ stdout: z.string() }),
  z.object({ stderr: z.string() }),
  z.object({ html: z.string() }),
  z.object({ md: z.string() }),
  z.object({ tex: z.object({ tex: z.string(), display: z.boolean() }) }),
  z.object({
    code: z.object({
      source: z.string(),
      /** A MIME type or name of a language, such as `python` or `text/x-rst`. */
      mode: z.string().optional(),
      filename: z.string().optional(),
      lineno: z.int().optional(),
    }),
  }),
  z.object({
    file: z.object({
      filename: z.string(),
      /** In the blob store. Otherwise `url` names a file of the project, by its path in it. */
      sha256: sha256.optional(),
      url: projectPath.optional(),
      /** Shown in the page; otherwise a link. */
      show: z.boolean(),
      /** What went wrong instead, such as a blob that is too large to keep. */
      text: z.string().optional(),
    }),
  }),
  z.object({
    raw_input: z.object({
      prompt: z.string(),
      value: z.string(),
      submitted: z.boolean(),
      password: z.boolean().optional(),
    }),
  }),
  z.object({
    /** The output went over its limits: the rest goes to this file of the project. */
    overflow: z.object({
      path: projectPath,
      /** How much is in the file; known at the end of the run. */
      bytes: z.int().min(0).optional(),
    }),
  }),
  z.object({ delete_last: z.literal(true) }),
  /** Kept as later worksheets of SageMathCloud keep them; the local hub sets the cell's flag as well. */
  z.object({ hide: z.enum(['input', 'output']) }),
  z.object({ show: z.enum(['input', 'output']) }),
  z.object({ auto: z.boolean() }),
])
export type OutputMessage = z.infer<typeof outputMessage>

/** Why a run failed other than by an error of its own code. */
export const runFailure = z.object({
  code: z.enum([
    'out_of_memory',
    'killed',
    'exited',
    'restarted',
    'server_ended',
    'unavailable',
    'lost',
  ]),
  message: z.string(),
})
export type RunFailure = z.infer<typeof runFailure>

/**
 * Where a cell stands (field `c.run` of a worksheet), written by the local hub alone; null: never run.
 * Times are of the local hub's clock.
 */
export const cellRun = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('waiting'), run: z.string(), sinceMs: timeMs }),
  z.object({
    kind: z.literal('running'),
    run: z.string(),
    sinceMs: timeMs,
    /** The code asks a question, which `answer_input` answers. */
    asks: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('done'),
    run: z.string(),
    sinceMs: timeMs,
    untilMs: timeMs,
    status: z.enum(['ok', 'error', 'interrupted']),
    /** The session that ran it: the cell is up to date as long as this is the worksheet's session. */
    session: z.string(),
  }),
  z.object({
    kind: z.literal('failed'),
    run: z.string(),
    sinceMs: timeMs,
    untilMs: timeMs,
    failure: runFailure,
  }),
])
export type CellRun = z.infer<typeof cellRun>

export const cellFlag = z.enum(['input_hidden', 'output_hidden', 'auto'])
export type CellFlag = z.infer<typeof cellFlag>
