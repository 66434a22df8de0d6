import { z } from 'zod'

import { cellId, requestId } from './ids.ts'

/**
 * The link between a local hub and the project's Sage server (src/sage-server, Python), on a Unix socket.
 *
 *     frame := length, 4 bytes, big-endian . JSON in UTF-8
 *
 * The Sage server is a warmed parent that forks a session (a process) per worksheet. All sessions share the
 * link. A session outlives the link: the parent keeps what it put out, numbered, until it is acknowledged, so that
 * a local hub that was restarted attaches and gets the rest. Fixtures: test/fixtures/wire/sage-server.json.
 */
export const SAGE_PROTOCOL_VERSION = 1

/** One frame either way: a cell's code is a part of a text of at most 20 MB. */
export const SAGE_FRAME_BYTES_MAX = 24 * 1024 * 1024

const sessionName = z.string().min(1).max(4200)
const runName = z.string().min(1).max(64)

/** What one run may put into the document; the rest goes to a file beside it. */
export const outputLimits = z.object({ messages: z.int().min(1), bytes: z.int().min(1) })
export type OutputLimits = z.infer<typeof outputLimits>

export const sageServerRequest = z.discriminatedUnion('event', [
  /** First on a link. Answered by `welcome` as soon as the parent is warm. */
  z.object({ event: z.literal('hello'), id: requestId, protocol: z.int() }),
  /**
   * Attaches this link to the session of a worksheet, in place of the link before; `create` makes one where there
   * is none. Answered by `attached`, then every output and `done` that is not acknowledged comes again.
   * `cwd` and `overflow` (where the rest of large outputs goes) are paths in the project.
   */
  z.object({
    event: z.literal('attach'),
    id: requestId,
    session: sessionName,
    create: z.boolean(),
    cwd: z.string(),
    overflow: z.string(),
  }),
  /** Runs code, after what was asked before. Leads to `output` events and one `done`. */
  z.object({
    event: z.literal('execute'),
    session: sessionName,
    run: runName,
    cell: cellId,
    code: z.string(),
    limits: outputLimits,
  }),
  /** Interrupts the current run, if there is one, and drops those that wait: each gets its `done`. */
  z.object({ event: z.literal('interrupt'), session: sessionName }),
  /** Answers the question of a run (`asks`). */
  z.object({
    event: z.literal('input'),
    session: sessionName,
    run: runName,
    value: z.string(),
  }),
  /** Outputs up to and with this number are kept elsewhere now. */
  z.object({ event: z.literal('ack'), session: sessionName, run: runName, seq: z.int().min(0) }),
  /** Ends the session and all its processes. Answered by `closed`, also where there was none. */
  z.object({ event: z.literal('close'), id: requestId, session: sessionName }),
  /** Answered by `completions`. `offset` in Unicode code points inside `code`. */
  z.object({
    event: z.literal('complete'),
    id: requestId,
    session: sessionName,
    code: z.string(),
    offset: z.int().min(0),
  }),
  /** Help, or with `source` the source, of what is at the offset. Answered by `inspection`. */
  z.object({
    event: z.literal('inspect'),
    id: requestId,
    session: sessionName,
    code: z.string(),
    offset: z.int().min(0),
    source: z.boolean(),
  }),
])
export type SageServerRequest = z.infer<typeof sageServerRequest>

export const exitCause = z.object({
  kind: z.enum(['closed', 'exited', 'signal', 'out_of_memory']),
  /** The exit code, or the signal's number. */
  value: z.int(),
  message: z.string(),
})
export type ExitCause = z.infer<typeof exitCause>

/** A message of a run: of the document's output stream (`outputMessage`), or a file to keep. */
export const sageOutput = z.union([
  /** A file that is to be put into the blob store; `path` is absolute, `temporary`: remove it after. */
  z.object({
    file: z.object({
      filename: z.string(),
      path: z.string(),
      show: z.boolean(),
      temporary: z.boolean(),
    }),
  }),
  z.looseObject({}),
])
export type SageOutput = z.infer<typeof sageOutput>

export const sageServerEvent = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('welcome'),
    id: requestId,
    protocol: z.int(),
    mode: z.enum(['sage', 'python']),
    /** For people, such as `SageMath 9.5` or `Python 3.11 with sympy 1.14`. */
    version: z.string(),
    /** Packages that are not there in plain mode. */
    missing: z.array(z.string()),
    pid: z.int(),
  }),
  z.object({
    event: z.literal('attached'),
    id: requestId,
    session: sessionName,
    /** Absent: there is no such session, and none was asked for. */
    pid: z.int().optional(),
    /** Made by this request. */
    fresh: z.boolean(),
    /** Names this life of the session. */
    life: z.string(),
    /** Runs that are not acknowledged to their end, in their order. */
    runs: z.array(runName),
  }),
  /** The run begins, or was cleared by its code: what follows belongs to a new stream. */
  z.object({
    event: z.literal('output'),
    session: sessionName,
    run: runName,
    /** Names the stream of the document; the run's name, later followed by a number. */
    stream: z.string().min(1).max(80),
    /** Of the first message in the stream, from 0. */
    streamSeq: z.int().min(0),
    /** Of the last message in the run: what `ack` gives back. */
    seq: z.int().min(0),
    messages: z.array(sageOutput),
  }),
  /** The code of this run asks; `input` answers. Comes after the question's own output message. */
  z.object({ event: z.literal('asks'), session: sessionName, run: runName }),
  z.object({
    event: z.literal('done'),
    session: sessionName,
    run: runName,
    seq: z.int().min(0),
    status: z.enum(['ok', 'error', 'interrupted']),
  }),
  /** The process is gone, and with it the runs that are not done. What it put out came before. */
  z.object({ event: z.literal('session_ended'), session: sessionName, cause: exitCause }),
  z.object({ event: z.literal('closed'), id: requestId, session: sessionName }),
  z.object({
    event: z.literal('completions'),
    id: requestId,
    from: z.int().min(0),
    to: z.int().min(0),
    completions: z.array(
      z.object({ label: z.string(), type: z.string().optional(), detail: z.string().optional() }),
    ),
  }),
  z.object({
    event: z.literal('inspection'),
    id: requestId,
    found: z.boolean(),
    text: z.string(),
    language: z.enum(['text', 'rst', 'python']),
  }),
  /** The request with this id was refused. */
  z.object({
    event: z.literal('error'),
    id: requestId,
    code: z.enum([
      'bad_message',
      'not_found',
      'unavailable',
      'conflict',
      'old_version',
      'internal',
    ]),
    message: z.string(),
  }),
])
export type SageServerEvent = z.infer<typeof sageServerEvent>
