import type { Logger } from '../../daemon/logging.ts'
import type { SageServerEvent } from '../../messages/sage-server.ts'
import type { CellRun } from '../../messages/worksheet-output.ts'
import type { CellId, Json, PartChange } from '../../sync/change.ts'
import { documentMessage, flagsOf, removeTemporary } from './output-messages.ts'
import { placeMessages, type StreamPosition } from './stream-position.ts'
import type { PutBlob, WorksheetDocument } from './worksheet-document.ts'

type Output = Extract<SageServerEvent, { event: 'output' }>

/** A step of what is written: made when its turn comes, and acknowledged when it is committed. */
interface Step {
  readonly make: () => Promise<readonly PartChange[]> | readonly PartChange[]
  readonly committed?: () => void
}

export interface RunWriterOptions {
  readonly document: WorksheetDocument
  readonly putBlob: PutBlob
  readonly logger: Logger
  /** The outputs of a run up to this number are in the document. */
  readonly acknowledge: (run: string, seq: number) => void
}

/**
 * Writes outputs and states of runs into the document, in their order. While a commit is under way what comes is
 * gathered: the first output goes in at once, a flood in few large changes.
 */
export class RunWriter {
  readonly #options: RunWriterOptions
  readonly #steps: Step[] = []
  readonly #positions = new Map<string, StreamPosition>()
  #writing: Promise<void> | undefined

  constructor(options: RunWriterOptions) {
    this.#options = options
  }

  /** Resolved when all that was given so far is committed. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  /** Where the stream of a run from before is. */
  resume(run: string, position: StreamPosition): void {
    this.#positions.set(run, position)
  }

  state(cell: CellId, state: CellRun | null): void {
    this.#add({ make: () => [['f', `${cell}.run`, state as Json]] })
  }

  begin(cell: CellId, state: CellRun): void {
    this.#positions.set(state.run, { stream: state.run, next: 0 })
    this.#add({
      make: () => [
        ['c', `${cell}.output`, state.run],
        ['f', `${cell}.run`, state as Json],
      ],
    })
  }

  output(cell: CellId, output: Output): void {
    this.#add({
      make: () => this.#outputChange(cell, output),
      committed: () => {
        this.#options.acknowledge(output.run, output.seq)
        for (const message of output.messages) void removeTemporary(message)
      },
    })
  }

  end(cell: CellId, state: CellRun, seq: number | undefined): void {
    this.#add({
      make: () => {
        this.#positions.delete(state.run)
        return [['f', `${cell}.run`, state as Json]]
      },
      committed: () => {
        if (seq !== undefined) this.#options.acknowledge(state.run, seq)
      },
    })
  }

  async #outputChange(cell: CellId, output: Output): Promise<readonly PartChange[]> {
    const { run, stream, streamSeq: seq } = output
    const came = { stream, seq, messages: output.messages }
    const placed = placeMessages(run, this.#positions.get(run), came)
    if (placed.kind === 'known') return []
    const part = `${cell}.output`
    const change: PartChange[] = []
    if (placed.kind === 'begin') change.push(['c', part, stream])
    const first = placed.kind === 'begin' ? seq : placed.seq
    const kept: Json[] = []
    for (const message of placed.messages) {
      kept.push(await documentMessage(message, this.#options.putBlob))
      for (const [flag, value] of flagsOf(message)) {
        change.push(['f', this.#options.document.flagPart(cell, flag), value ? true : null])
      }
    }
    if (kept.length > 0) change.push(['a', part, stream, first, kept])
    this.#positions.set(run, { stream, next: first + kept.length })
    return change
  }

  #add(step: Step): void {
    this.#steps.push(step)
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    while (this.#steps.length > 0) {
      const steps = this.#steps.splice(0)
      const change: PartChange[] = []
      try {
        for (const step of steps) change.push(...(await step.make()))
        if (change.length > 0) await this.#options.document.commit(change)
        for (const step of steps) step.committed?.()
      } catch (error) {
        // Not acknowledged: the Sage server keeps it for when the worksheet is opened again.
        this.#options.logger.error({ error, steps: steps.length }, 'an output is not kept')
      }
    }
    this.#writing = undefined
  }
}
