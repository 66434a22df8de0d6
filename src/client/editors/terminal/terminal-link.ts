import type { ChannelId, ClientId } from '../../../messages/ids.ts'
import {
  TERMINAL_INPUT,
  TERMINAL_INPUT_RECEIVED,
  TERMINAL_OUTPUT,
  TERMINAL_SCREEN,
} from '../../../messages/terminals.ts'
import type { TerminalState } from '../../../messages/terminals.ts'
import { readVarint, varintLength, writeVarint } from '../../../util/varint.ts'
import { Value } from '../../app/observable.ts'
import type { Observable } from '../../app/observable.ts'
import type { Channel, ProjectConnection } from '../../connection/project-connection.ts'
import { randomId } from '../../sync/random-id.ts'
import { codeOf } from '../../../util/coded-error.ts'

/** Output is acknowledged when this much of it came to the screen since the last time, in bytes, */
const ACKNOWLEDGE_BYTES = 64 * 1024
/** or this long after, in milliseconds: the local hub sends at most WINDOW_BYTES ahead. */
const ACKNOWLEDGE_MS = 100

/** Input that waits for a connection, in bytes: a paste beyond it while disconnected is refused. */
const WAITING_INPUT_BYTES_MAX = 1024 * 1024

/** A pasted text goes in pieces of at most this many bytes, so that a key typed after it need not wait. */
const INPUT_BYTES_MAX = 32 * 1024

export interface TerminalLinkState {
  readonly kind: 'opening' | 'open' | 'lost' | 'refused'
  readonly sinceMs: number
  readonly client?: ClientId
  readonly terminal?: TerminalState
  /** Open: for how long it had been away, where it was. */
  readonly awayMs?: number
  /** Refused: why. */
  readonly message?: string
}

/** The screen that a link writes to. `done` is called when the bytes are on it. */
export interface TerminalScreen {
  readonly write: (bytes: Uint8Array, done: () => void) => void
  /** Clears everything and shows a screen as the local hub has it. */
  readonly restore: (bytes: Uint8Array, done: () => void) => void
  readonly size: () => { readonly rows: number; readonly columns: number }
}

/**
 * A terminal's end of its channel, across reconnects: input is numbered and sent again until it has arrived, output
 * goes on from the offset that was reached.
 *
 *     opening ──> open ──route lost──> lost ──next epoch──> open
 *        └── refused (role, deleted): stays until the next epoch or `open`
 */
export class TerminalLink {
  readonly state: Observable<TerminalLinkState>
  readonly #state: Value<TerminalLinkState>
  readonly #project: ProjectConnection
  readonly #path: string
  readonly #screen: TerminalScreen
  readonly #now: () => number
  /** Names this tab across reconnects. */
  #session: string = randomId()
  readonly #stops: (() => void)[] = []
  #channel: Channel | undefined
  #channelId: ChannelId | undefined
  /** Sent or to be sent, not yet known to have arrived; sequence of the first. */
  #inputs: Uint8Array[] = []
  #firstSequence = 1
  #inputBytes = 0
  #received: number | undefined
  #shown = 0
  #acknowledged = 0
  #acknowledgeTimer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #lostMs: number | undefined
  #closed = false

  constructor(options: {
    readonly project: ProjectConnection
    readonly path: string
    readonly screen: TerminalScreen
    readonly now: () => number
  }) {
    this.#project = options.project
    this.#path = options.path
    this.#screen = options.screen
    this.#now = options.now
    this.#state = new Value<TerminalLinkState>({ kind: 'opening', sinceMs: options.now() })
    this.state = this.#state
    this.#stops.push(
      this.#project.epoch.subscribe(() => void this.open()),
      this.#project.state.subscribe(() => this.#onRoute()),
      this.#project.on('terminal_changed', ({ channel, state }) => {
        if (channel === this.#channelId) this.#state.update((old) => ({ ...old, terminal: state }))
      }),
      this.#project.on('terminal_closed', ({ channel }) => {
        if (channel === this.#channelId) this.#beginShell()
      }),
    )
    if (this.#project.state.get().kind === 'open') void this.open()
  }

  /** Joins the terminal, or joins it again where it was. */
  async open(): Promise<void> {
    const attempt = ++this.#attempt
    const { rows, columns } = this.#screen.size()
    try {
      const answer = await this.#project.request('open_terminal', {
        path: this.#path,
        rows,
        columns,
        session: this.#session,
        ...(this.#received === undefined ? {} : { offset: this.#received }),
      })
      if (attempt !== this.#attempt || this.#closed) return
      this.#channelId = answer.channel
      this.#channel?.close()
      if (answer.inputReceived + 1 < this.#firstSequence) return await this.#beginSession()
      this.#inputReceived(answer.inputReceived)
      this.#channel = this.#project.openChannel(answer.channel, (payload) =>
        this.#onPayload(payload),
      )
      this.#inputs.forEach((bytes, index) => this.#sendInput(this.#firstSequence + index, bytes))
      this.#state.set({
        kind: 'open',
        sinceMs: this.#now(),
        client: answer.client,
        terminal: answer.state,
        ...(this.#lostMs === undefined ? {} : { awayMs: this.#now() - this.#lostMs }),
      })
      this.#lostMs = undefined
    } catch (error) {
      if (attempt !== this.#attempt || this.#closed) return
      // Without a route there is nothing to tell: the next epoch opens it again.
      if (codeOf(error) === 'closed') this.#onRoute()
      else this.#refuse(error instanceof Error ? error.message : String(error))
    }
  }

  /** The console server was started anew and does not know this session: what waits is counted from 1 again. */
  #beginSession(): Promise<void> {
    this.#session = randomId()
    this.#firstSequence = 1
    return this.open()
  }

  /** The console server has ended, and the shell with it: another begins where a person looks. */
  #beginShell(): void {
    this.#channel?.close()
    this.#channel = undefined
    // Offsets of the shell that is gone mean nothing to the next.
    this.#received = undefined
    this.#acknowledged = 0
    this.#lostMs = this.#now()
    this.#state.update((old) => ({ ...old, kind: 'lost', sinceMs: this.#now() }))
    void this.open()
  }

  /** What was typed. Returns false where too much waits already, and nothing of it was taken. */
  input(bytes: Uint8Array): boolean {
    if (this.#inputBytes + bytes.length > WAITING_INPUT_BYTES_MAX && !this.#channel) return false
    for (let from = 0; from < bytes.length; from += INPUT_BYTES_MAX) {
      const piece = bytes.subarray(from, from + INPUT_BYTES_MAX)
      this.#inputs.push(piece)
      this.#inputBytes += piece.length
      this.#sendInput(this.#firstSequence + this.#inputs.length - 1, piece)
    }
    return true
  }

  /** The window has another size; it rules when this person typed last. */
  resize(rows: number, columns: number): void {
    if (this.#channelId !== undefined && this.#channel)
      this.#project.notify('resize_terminal', { channel: this.#channelId, rows, columns })
  }

  /** Ends the shell and all that runs in it. */
  async kill(): Promise<void> {
    if (this.#channelId !== undefined)
      await this.#project.request('kill_terminal', { channel: this.#channelId })
  }

  close(): void {
    this.#closed = true
    this.#attempt++
    clearTimeout(this.#acknowledgeTimer)
    for (const stop of this.#stops) stop()
    this.#channel?.close()
    if (this.#channelId !== undefined && this.#channel)
      // The tab goes away; where the route is lost the local hub knows already.
      this.#project.request('close_terminal', { channel: this.#channelId }).catch(() => undefined)
    this.#channel = undefined
  }

  #onRoute(): void {
    const { kind } = this.#project.state.get()
    if (kind === 'open' || this.#closed) return
    this.#attempt++
    this.#channel?.close()
    this.#channel = undefined
    if (this.#state.get().kind === 'lost') return
    if (this.#state.get().kind === 'open') this.#lostMs = this.#now()
    this.#state.update((old) => ({ ...old, kind: 'lost', sinceMs: this.#now() }))
  }

  #refuse(message: string): void {
    this.#channel?.close()
    this.#channel = undefined
    this.#state.set({ kind: 'refused', sinceMs: this.#now(), message })
  }

  #sendInput(sequence: number, bytes: Uint8Array): void {
    if (!this.#channel) return
    const payload = new Uint8Array(1 + varintLength(sequence) + bytes.length)
    payload[0] = TERMINAL_INPUT
    payload.set(bytes, writeVarint(payload, 1, sequence))
    this.#channel.send(payload)
  }

  #inputReceived(sequence: number): void {
    const arrived = Math.min(this.#inputs.length, sequence - this.#firstSequence + 1)
    if (arrived <= 0) return
    for (const bytes of this.#inputs.splice(0, arrived)) this.#inputBytes -= bytes.length
    this.#firstSequence += arrived
  }

  #onPayload(payload: Uint8Array): void {
    const number = readVarint(payload, 1)
    if (!number) return
    const bytes = payload.subarray(number.end)
    if (payload[0] === TERMINAL_INPUT_RECEIVED) this.#inputReceived(number.value)
    else if (payload[0] === TERMINAL_SCREEN) this.#onScreen(number.value, bytes)
    else if (payload[0] === TERMINAL_OUTPUT) this.#onOutput(number.value, bytes)
  }

  #onScreen(offset: number, bytes: Uint8Array): void {
    this.#received = offset
    this.#acknowledged = Math.min(this.#acknowledged, offset)
    this.#screen.restore(bytes, () => this.#onShown(offset))
  }

  #onOutput(offset: number, bytes: Uint8Array): void {
    const received = this.#received ?? offset
    if (offset > received) {
      // A hole can't be filled from here: ask for the screen as it is.
      this.#received = undefined
      void this.open()
      return
    }
    const fresh = bytes.subarray(received - offset)
    if (fresh.length === 0) return
    const end = received + fresh.length
    this.#received = end
    this.#screen.write(fresh, () => this.#onShown(end))
  }

  #onShown(offset: number): void {
    this.#shown = offset
    if (this.#shown - this.#acknowledged >= ACKNOWLEDGE_BYTES) this.#acknowledge()
    else this.#acknowledgeTimer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS)
  }

  #acknowledge(): void {
    clearTimeout(this.#acknowledgeTimer)
    this.#acknowledgeTimer = undefined
    if (this.#channelId === undefined || !this.#channel) return
    this.#acknowledged = this.#shown
    this.#project.notify('acknowledge_output', { channel: this.#channelId, offset: this.#shown })
  }
}
