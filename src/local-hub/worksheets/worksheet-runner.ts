import { randomUUID } from 'node:crypto'

import { within } from '../../daemon/life-cycle.ts'
import type { Logger } from '../../daemon/logging.ts'
import type { AnswerOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { OutputLimits, SageServerEvent } from '../../messages/sage-server.ts'
import { cellRun, type CellRun, type RunFailure } from '../../messages/worksheet-output.ts'
import type { worksheetRequests, WorksheetSession } from '../../messages/worksheets.ts'
import type { CellId } from '../../sync/change.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { fromCodePoints, toCodePoints } from './code-offset.ts'
import { RunWriter } from './run-writer.ts'
import type { SessionEvent } from './sage-link.ts'
import type { SageServerClient } from './sage-server-client.ts'
import { SessionConnection } from './session-connection.ts'
import type { CellRunState, PutBlob, WorksheetDocument } from './worksheet-document.ts'
import type { WorksheetRunning } from './worksheet-sessions.ts'

/**
 * The life of a cell's run, each step written into the document's field `c.run`:
 *
 *     waiting --(its turn)--> running --done--> done (ok, error, interrupted)
 *        |                       `--(session or server gone)--> failed, with the cause
 *        `--interrupt--> null
 *
 * (R1) One run is at the Sage server at a time; the queue is here.
 * (R2) A cell's code is read when it is asked to run, not when its turn comes.
 * (R3) Outputs are acknowledged after they are in the document; a runner that begins again gets the rest.
 */

/** What one run may put into the document: more makes a page slow for everybody who has it open. */
export const OUTPUT_LIMITS: OutputLimits = { messages: 1_000, bytes: 400_000 }

/** A worksheet that is closed waits so long for its last outputs; the local hub itself has 3.5 s to stop. */
const SETTLE_MS = 2_000

export interface WorksheetRunnerOptions {
  readonly document: WorksheetDocument
  readonly server: SageServerClient
  readonly putBlob: PutBlob
  readonly logger: Logger
  /** Its state, and each time it becomes idle. */
  readonly onSession: (session: WorksheetSession) => void
  /** Milliseconds of the local hub's clock. */
  readonly now?: () => number
}

interface Run {
  readonly cell: CellId
  readonly run: string
  readonly input: Promise<string | undefined>
  sinceMs: number
  asks: boolean
  /** The Sage server has it. */
  sent: boolean
}

type Requests = typeof worksheetRequests

/** Begins to run the cells of an open worksheet; runs that go on from before are taken up again. */
export function openWorksheetRunner(options: WorksheetRunnerOptions): WorksheetRunning {
  return new WorksheetRunner(options)
}

class WorksheetRunner implements WorksheetRunning {
  readonly #document: WorksheetDocument
  readonly #options: WorksheetRunnerOptions
  readonly #connection: SessionConnection
  readonly #writer: RunWriter
  readonly #queue: Run[] = []
  readonly #adopted: Promise<void>
  #current: Run | undefined
  #closed = false

  constructor(options: WorksheetRunnerOptions) {
    this.#options = options
    this.#document = options.document
    this.#connection = new SessionConnection({
      document: options.document,
      server: options.server,
      now: () => this.#now(),
      onEvent: (event) => this.#onEvent(event),
      onState: (session) => options.onSession(session),
      onLost: () => void this.#recover(),
    })
    this.#writer = new RunWriter({
      document: options.document,
      putBlob: options.putBlob,
      logger: options.logger,
      acknowledge: (run, seq) => this.#connection.acknowledge(run, seq),
    })
    this.#adopted = this.#adopt().catch((error: unknown) => {
      options.logger.error({ error }, 'the runs of a worksheet can not be taken up again')
    })
  }

  get session(): WorksheetSession {
    return this.#connection.session
  }

  get busy(): boolean {
    return this.#current !== undefined || this.#queue.length > 0
  }

  run(cells: readonly CellId[]): void {
    for (const cell of cells) {
      if (this.#queue.some((waiting) => waiting.cell === cell)) continue
      this.#queue.push(this.#newRun(cell))
    }
    this.#next()
  }

  interrupt(): void {
    for (const waiting of this.#queue.splice(0)) this.#writer.state(waiting.cell, null)
    const current = this.#current
    if (current === undefined) return
    if (current.sent) return this.#connection.interrupt()
    this.#writer.state(current.cell, null)
    this.#finished(current)
  }

  async restart(): Promise<WorksheetSession> {
    await this.#adopted
    await this.#connection.close()
    this.#failAll({ code: 'restarted', message: 'the session was restarted' })
    await this.#connection.attach()
    await this.#runAutomatic()
    return this.session
  }

  async complete(code: string, offset: number): Promise<AnswerOf<Requests, 'complete_code'>> {
    try {
      const answer = await this.#connection.complete(code, toCodePoints(code, offset))
      const { completions } = answer
      const from = fromCodePoints(code, answer.from)
      return { from, to: fromCodePoints(code, answer.to), completions }
    } catch (error) {
      // It computes: there is nothing to offer, which is no failure.
      if (codeOf(error) !== 'unavailable') throw error
      return { from: offset, to: offset, completions: [] }
    }
  }

  async inspect(request: {
    code: string
    offset: number
    source: boolean
  }): Promise<AnswerOf<Requests, 'inspect_code'>> {
    const { code, source } = request
    const offset = toCodePoints(code, request.offset)
    const { found, text, language } = await this.#connection.inspect({ code, offset, source })
    return { found, text, language }
  }

  answerInput(cell: CellId, run: string, value: string): void {
    const current = this.#current
    if (current === undefined || current.cell !== cell || current.run !== run || !current.asks) {
      throw new CodedError<ErrorCode>('conflict', `the run of cell "${cell}" does not ask`)
    }
    current.asks = false
    this.#writer.state(cell, running(current))
    this.#connection.answerInput(run, value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#connection.leave()
    // What a full disk keeps from being written was not acknowledged: it comes again.
    await within(this.#writer.settled(), SETTLE_MS)
  }

  #newRun(cell: CellId, run: string = randomUUID()): Run {
    const input = this.#document.readCell(cell)
    // Handled where it is awaited; until then it must not end the process.
    input.catch(() => undefined)
    return { cell, run, input, sinceMs: this.#now(), asks: false, sent: false }
  }

  #next(): void {
    const current = this.#current === undefined ? this.#queue.shift() : undefined
    if (current !== undefined) this.#current = current
    const waiting = this.#connection.attached ? this.#queue : [current, ...this.#queue]
    for (const run of waiting) {
      if (run === undefined || this.#shownWaiting.has(run)) continue
      this.#shownWaiting.add(run)
      this.#writer.state(run.cell, { kind: 'waiting', run: run.run, sinceMs: run.sinceMs })
    }
    if (current !== undefined) void this.#start(current)
  }

  readonly #shownWaiting = new WeakSet<Run>()

  async #start(run: Run): Promise<void> {
    try {
      await this.#adopted
      const fresh = this.#connection.attached ? false : await this.#connection.attach()
      if (fresh && (await this.#runAutomatic(run))) return
      const code = await run.input
      if (this.#current !== run || this.#closed) return
      if (code === undefined) return this.#finished(run)
      run.sinceMs = this.#now()
      run.sent = true
      this.#writer.begin(run.cell, running(run))
      const { cell, run: name } = run
      this.#connection.execute({ run: name, cell, code, limits: OUTPUT_LIMITS })
    } catch (error) {
      if (this.#current !== run) return
      const message = error instanceof Error ? error.message : String(error)
      this.#failAll({ code: 'unavailable', message })
    }
  }

  /** The cells that run whenever a session begins, before the one that began it. */
  async #runAutomatic(first?: Run): Promise<boolean> {
    const automatic = (await this.#document.readRuns()).filter(({ auto, cell }) => {
      return auto && cell !== first?.cell
    })
    if (automatic.length === 0 || (first !== undefined && this.#current !== first)) return false
    if (first !== undefined) this.#queue.unshift(first)
    this.#queue.unshift(...automatic.map(({ cell }) => this.#newRun(cell)))
    if (first !== undefined) this.#current = undefined
    this.#next()
    return true
  }

  #onEvent(event: SessionEvent): void {
    if (event.event === 'session_ended') return this.#sessionEnded(event)
    const current = this.#current
    if (current === undefined || event.run !== current.run) {
      // Of a run that was given up: nobody waits for it.
      if (event.event !== 'asks') this.#connection.acknowledge(event.run, event.seq)
      return
    }
    if (event.event === 'output') return this.#writer.output(current.cell, event)
    if (event.event === 'asks') {
      current.asks = true
      return this.#writer.state(current.cell, running(current))
    }
    const { run, sinceMs } = current
    const session = this.#connection.life
    const { status, seq } = event
    const done = { kind: 'done', run, sinceMs, untilMs: this.#now(), status, session } as const
    this.#writer.end(current.cell, done, seq)
    this.#finished(current)
  }

  #sessionEnded({ cause }: Extract<SageServerEvent, { event: 'session_ended' }>): void {
    const codes = {
      closed: 'restarted',
      exited: 'exited',
      signal: 'killed',
      out_of_memory: 'out_of_memory',
    } as const
    this.#failAll({ code: codes[cause.kind], message: cause.message })
  }

  /** What runs has failed, and what waits does not run: its session's names are gone. */
  #failAll(failure: RunFailure): void {
    const current = this.#current
    const untilMs = this.#now()
    for (const { cell, run, sinceMs } of [
      ...(current ? [current] : []),
      ...this.#queue.splice(0),
    ]) {
      this.#writer.end(cell, { kind: 'failed', run, sinceMs, untilMs, failure }, undefined)
    }
    if (current !== undefined) this.#finished(current)
  }

  #finished(run: Run): void {
    if (this.#current !== run) return
    this.#current = undefined
    if (this.#queue.length > 0) return this.#next()
    void this.#becomeIdle()
  }

  async #becomeIdle(): Promise<void> {
    await this.#writer.settled()
    if (!this.busy && !this.#closed) this.#options.onSession(this.session)
  }

  /** The link was lost: the session may have gone on, with outputs that we have not seen. */
  async #recover(): Promise<void> {
    const current = this.#current
    if (current === undefined || !current.sent || this.#closed) return
    try {
      const runs = await this.#connection.reattach()
      if (this.#current !== current || runs?.includes(current.run) === true) return
      const message = runs === undefined ? 'the Sage server ended' : 'the run was lost'
      this.#failAll({ code: runs === undefined ? 'server_ended' : 'lost', message })
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      this.#failAll({ code: 'server_ended', message: `the Sage server ended: ${cause}` })
    }
  }

  /** After a restart of the local hub: what the document says is running may still run. */
  async #adopt(): Promise<void> {
    const states = await this.#document.readRuns()
    const going = states.flatMap((state) => {
      const parsed = cellRun.safeParse(state.run)
      const run = parsed.success ? parsed.data : undefined
      return run?.kind === 'running' || run?.kind === 'waiting' ? [{ state, run }] : []
    })
    if (going.length === 0) return void this.#connection.prepare()
    const current = going.find(({ run }) => run.kind === 'running')
    if (current !== undefined) this.#resume(current.state, current.run)
    const runs = await this.#connection.reattach().catch(() => undefined)
    if (this.#closed) return
    const isThere = current !== undefined && runs?.includes(current.run.run) === true
    if (isThere) {
      for (const { state, run } of going) {
        if (run.kind === 'waiting') this.#queue.push(this.#newRun(state.cell, run.run))
      }
      return
    }
    for (const { state, run } of going) {
      if (run.kind === 'waiting') this.#writer.state(state.cell, null)
    }
    // An event that came with the attachment may have told its end already.
    if (this.#current !== undefined) {
      this.#failAll({ code: 'lost', message: 'its session ended while the project was stopped' })
    }
  }

  #resume(state: CellRunState, { run, sinceMs }: CellRun): void {
    const { cell, stream, next } = state
    const input = Promise.resolve(undefined)
    this.#current = { cell, run, input, sinceMs, asks: false, sent: true }
    if (stream === run || stream.startsWith(`${run}-`)) this.#writer.resume(run, { stream, next })
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }
}

function running({ run, sinceMs, asks }: Run): CellRun {
  return { kind: 'running', run, sinceMs, ...(asks ? { asks } : {}) }
}
