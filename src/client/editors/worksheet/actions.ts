import { ChangeSet } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import { flushSync } from 'react-dom'

import type { WorksheetSession } from '../../../messages/worksheets.ts'
import type { CellId, Change, Json } from '../../../sync/change.ts'
import { Value, waitFor } from '../../app/observable.ts'
import type { Observable } from '../../app/observable.ts'
import { RequestError } from '../../connection/request-error.ts'
import { codeOf } from '../../../util/coded-error.ts'
import type { ProjectConnection } from '../../connection/project-connection.ts'
import type { OpenDocument } from '../../sync/open-document.ts'
import { cellMode, modeChange } from './cell-mode.ts'
import {
  CELLS,
  hideInputPart,
  hideOutputPart,
  inputPart,
  insertCell,
  moveCell,
  newCellId,
  runPart,
  splitCell,
  textChange,
} from './cells.ts'
import { readRunState } from './run-state.ts'

/** How often a run is asked for over new connections, and how long one is waited for, in milliseconds. */
const RUN_ATTEMPTS_MAX = 3
const RUN_DEADLINE_MS = 60_000

/** Something to tell in the worksheet, with what can be done about it. */
export interface Notice {
  readonly text: string
  readonly action?: { readonly label: string; readonly run: () => void }
}

export interface CodeHelp {
  readonly cell: CellId
  readonly text: string
  readonly language: 'text' | 'rst' | 'python'
}

/** Where the cursor is wanted; a cell whose editor is not mounted yet mounts it for this. */
export interface FocusRequest {
  readonly cell: CellId
  readonly at: 'start' | 'end' | 'keep' | number
}

/** All that toolbar, keys and cells do to one worksheet. */
export class WorksheetActions {
  readonly document: OpenDocument
  readonly activeCell = new Value<CellId | undefined>(undefined)
  readonly focusRequest = new Value<FocusRequest | undefined>(undefined)
  readonly notice = new Value<Notice | undefined>(undefined)
  readonly help = new Value<CodeHelp | undefined>(undefined)
  readonly session = new Value<WorksheetSession | undefined>(undefined)
  readonly views = new Map<CellId, EditorView>()
  readonly #project: ProjectConnection
  readonly #stops: (() => void)[]

  constructor(document: OpenDocument, project: ProjectConnection) {
    this.document = document
    this.#project = project
    this.#stops = [
      project.on('worksheet_session_changed', ({ channel, session }) => {
        if (channel === document.channel()) this.session.set(session)
      }),
      document.status.subscribe(() => this.#askSession()),
    ]
    this.#askSession()
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  get order(): readonly CellId[] {
    return this.document.list(CELLS).get()
  }

  /** Runs cells as they are now; those without anything but blanks are left out. */
  run(cells: readonly CellId[]): void {
    const full = cells.filter((cell) => /\S/.test(this.#input(cell)))
    if (full.length === 0) return
    this.#runConnected(full).catch((error: unknown) => {
      this.notice.set({ text: `Could not run the cell: ${wordsOf(error)}` })
    })
  }

  /** Where the connection is away, or dies meanwhile, the cells that did not begin are run when it is back. */
  async #runConnected(cells: readonly CellId[]): Promise<void> {
    const runs = new Map(cells.map((cell) => [cell, this.document.field(runPart(cell)).get()]))
    for (let attempt = 1; ; attempt++) {
      const rest = cells.filter(
        (cell) => this.document.field(runPart(cell)).get() === runs.get(cell),
      )
      if (rest.length === 0) return
      this.document.flush()
      const channel = this.document.channel()
      try {
        if (channel === undefined) throw new RequestError('closed', 'there is no connection')
        await this.#project.request('run_cells', { channel, cells: [...rest] })
        if (attempt > 1) this.notice.set(undefined)
        return
      } catch (error) {
        if (codeOf(error) !== 'closed' || attempt === RUN_ATTEMPTS_MAX) throw error
        this.notice.set({ text: 'Not connected. The cell runs when the connection is back.' })
        await this.#reconnected()
      }
    }
  }

  /** Resolves when the document is open again. */
  async #reconnected(): Promise<void> {
    const deadline = AbortSignal.timeout(RUN_DEADLINE_MS)
    // The refused request can be told of before the lost route is.
    if (this.#project.state.get().kind === 'open')
      await waitForChange(this.document.status, deadline)
    await waitFor(this.document.status, ({ kind }) => kind === 'open', deadline)
  }

  runAndNext(cell: CellId): void {
    this.run([cell])
    const next = this.order[this.order.indexOf(cell) + 1]
    if (next === undefined) this.insertAfter(cell)
    else this.focus({ cell: next, at: 'keep' })
  }

  runAll(): void {
    this.run(this.order)
  }

  split(cell: CellId): CellId | undefined {
    const view = this.views.get(cell)
    if (!view || this.#refuseReadOnly()) return undefined
    const added = newCellId()
    const input = this.document.text(inputPart(cell)).get()
    const change = splitCell(cell, added, input, view.state.selection.main.head)
    this.focus({ cell: added, at: 'start' }, change)
    return added
  }

  splitAndRun(cell: CellId): void {
    if (this.split(cell) !== undefined) this.run([cell])
  }

  insertAfter(after: CellId, text = ''): CellId | undefined {
    if (this.#refuseReadOnly()) return undefined
    const cell = newCellId()
    this.focus({ cell, at: 'end' }, insertCell(cell, after, text))
    return cell
  }

  remove(cell: CellId): void {
    if (this.#refuseReadOnly()) return
    const { order } = this
    const at = order.indexOf(cell)
    const neighbour = order[at - 1] ?? order[at + 1]
    this.document.change([['d', CELLS, cell]])
    if (neighbour !== undefined) this.focus({ cell: neighbour, at: 'end' })
    else this.insertAfter('')
    this.notice.set({
      text: `Cell ${at + 1} deleted.`,
      action: {
        label: 'Undo',
        run: () => {
          this.document.undo()
          this.notice.set(undefined)
        },
      },
    })
  }

  move(cell: CellId, by: -1 | 1): void {
    const change = moveCell(this.order, cell, by)
    if (!change || this.#refuseReadOnly()) return
    this.focus({ cell, at: 'keep' }, change)
  }

  toggleInput(cell: CellId): void {
    this.#toggle(hideInputPart(cell))
  }

  toggleOutput(cell: CellId): void {
    this.#toggle(hideOutputPart(cell))
  }

  setMode(cell: CellId, mode: 'md' | 'code'): void {
    const text = this.document.text(inputPart(cell)).get()
    const edit = modeChange(text.toString(), mode)
    if (!edit || this.#refuseReadOnly()) return
    this.document.change([textChange(inputPart(cell), ChangeSet.of(edit, text.length, '\n'))])
    this.focus({ cell, at: 'end' })
  }

  /** Puts a snippet where it serves: into an empty cell, and else into a new one below. */
  insertSnippet(code: string): void {
    const cell = this.activeCell.get() ?? this.order.at(-1)
    if (this.#refuseReadOnly()) return
    if (cell === undefined || /\S/.test(this.#input(cell))) {
      this.insertAfter(cell ?? '', code)
      return
    }
    const { length } = this.document.text(inputPart(cell)).get()
    this.document.change([
      textChange(
        inputPart(cell),
        ChangeSet.of({ from: 0, to: length, insert: code }, length, '\n'),
      ),
    ])
    this.focus({ cell, at: 'end' })
  }

  /** Marks the selection of the active text cell, such as `**bold**`. */
  format(before: string, after: string): void {
    const cell = this.activeCell.get()
    const view = cell === undefined ? undefined : this.views.get(cell)
    if (!view || this.#refuseReadOnly()) return
    const { from, to } = view.state.selection.main
    view.dispatch({
      changes: [
        { from, insert: before },
        { from: to, insert: after },
      ],
      selection: { anchor: from + before.length, head: to + before.length },
    })
    view.focus()
  }

  interrupt(): void {
    this.#request('stop', (channel) => this.#project.request('interrupt_worksheet', { channel }))
  }

  restart(): void {
    this.#request('restart', async (channel) => {
      this.session.set((await this.#project.request('restart_worksheet', { channel })).session)
      this.notice.set({ text: 'Restarted: all variables are forgotten.' })
    })
  }

  async complete(cell: CellId, offset: number) {
    const channel = this.document.channel()
    if (channel === undefined) return undefined
    return this.#project.request('complete_code', { channel, code: this.#input(cell), offset })
  }

  inspect(cell: CellId, offset: number): void {
    this.#request('find help', async (channel) => {
      const code = this.#input(cell)
      const source = /\?\?\s*$/.test(code.slice(0, offset))
      const answer = await this.#project.request('inspect_code', { channel, code, offset, source })
      if (answer.found) this.help.set({ cell, text: answer.text, language: answer.language })
      else this.notice.set({ text: 'No help found for what stands at the cursor.' })
    })
  }

  async answer(cell: CellId, value: string): Promise<void> {
    const channel = this.document.channel()
    const { run } = readRunState(this.document.field(runPart(cell)).get())
    if (channel === undefined || run === undefined)
      throw new Error('Not connected. Try again in a moment.')
    await this.#project.request('answer_input', { channel, cell, run, value })
  }

  save(): void {
    this.document.save().catch((error: unknown) => {
      this.notice.set({ text: `Could not save: ${wordsOf(error)}` })
    })
  }

  /** At once: the next key, which may be on its way already, goes where the cursor is then. */
  focus(request: FocusRequest, change?: Change): void {
    flushSync(() => {
      if (change) this.document.change(change)
      this.askFocus(request)
    })
  }

  /** For where React is at work itself: the focus comes when it is done. */
  askFocus(request: FocusRequest): void {
    this.activeCell.set(request.cell)
    this.focusRequest.set(request)
  }

  /** The cell above or below, as the arrow keys reach it. */
  step(cell: CellId, by: -1 | 1): boolean {
    const next = this.order[this.order.indexOf(cell) + by]
    if (next === undefined) return false
    this.focus({ cell: next, at: by === 1 ? 'start' : 'end' })
    return true
  }

  modeOf(cell: CellId): ReturnType<typeof cellMode> {
    return cellMode(this.#input(cell))
  }

  #input(cell: CellId): string {
    return this.document.text(inputPart(cell)).get().toString()
  }

  #toggle(part: string): void {
    if (this.#refuseReadOnly()) return
    const hidden: Json = this.document.field(part).get() === true ? null : true
    this.document.change([['f', part, hidden]])
  }

  #refuseReadOnly(): boolean {
    const { readOnly } = this.document.status.get()
    if (readOnly === undefined) return false
    this.notice.set({ text: readOnly })
    return true
  }

  #askedChannel: number | undefined

  #askSession(): void {
    const channel = this.document.channel()
    if (channel === this.#askedChannel) return
    this.#askedChannel = channel
    if (channel === undefined) return
    this.#request('learn what runs here', async (open) => {
      this.session.set(
        (await this.#project.request('get_worksheet_session', { channel: open })).session,
      )
    })
  }

  #request(
    what: string,
    send: (channel: NonNullable<ReturnType<OpenDocument['channel']>>) => Promise<unknown>,
  ): void {
    const channel = this.document.channel()
    if (channel === undefined) {
      this.notice.set({
        text: `Could not ${what}: not connected. It works again when the connection is back.`,
      })
      return
    }
    send(channel).catch((error: unknown) => {
      this.notice.set({ text: `Could not ${what}: ${wordsOf(error)}` })
    })
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function waitForChange<T>(observable: Observable<T>, signal: AbortSignal): Promise<T> {
  const before = observable.get()
  return waitFor(observable, (value) => !Object.is(value, before), signal)
}
