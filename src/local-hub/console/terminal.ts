import { SerializeAddon } from '@xterm/addon-serialize'
import { Terminal as Screen } from '@xterm/headless'
import { type IPty, spawn } from 'node-pty'

import type { ConsoleTerminal } from '../../messages/console-server.ts'
import { WINDOW_BYTES } from '../../messages/limits.ts'
import { OutputRing } from './output-ring.ts'

/** Output that is kept word for word for viewers who come back: a reconnect rarely misses more. */
const RING_BYTES = 1024 * 1024

/** Lines above the screen that a fresh viewer gets. */
const SCROLLBACK_LINES = 2_000

/** Output that our own screen has not taken in yet; beyond, the shell is paused. */
const SCREEN_BACKLOG_BYTES_MAX = 4 * 1024 * 1024

/** Sessions (browser tabs) whose input is counted; the oldest is forgotten. */
const SESSIONS_MAX = 200

export interface TerminalOptions {
  readonly terminal: number
  readonly path: string
  readonly rows: number
  readonly columns: number
  readonly shell: string
  /** Default: those of a login shell. */
  readonly shellArguments?: readonly string[] | undefined
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly onOutput: (offset: number, bytes: Uint8Array) => void
  readonly onChanged: (state: ConsoleTerminal) => void
}

/** What brings a viewer up to date. */
export interface Attachment {
  /** Whether the bytes go on from what the viewer has, or draw the screen anew. */
  readonly kind: 'output' | 'screen'
  /** Offset behind the bytes: where the outputs that follow begin. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/**
 * A shell on a PTY, and the screen that its output has drawn.
 *
 *     running --exit--> ended --input--> running (a new shell on the same screen)
 *
 * The shell is paused while the viewers, or our own screen, are too far behind what it has printed.
 */
export class Terminal {
  readonly #options: TerminalOptions
  readonly #screen: Screen
  readonly #serializer = new SerializeAddon()
  readonly #ring = new OutputRing(RING_BYTES)
  /** Last sequence number of each session whose input has arrived. */
  readonly #inputs = new Map<string, number>()
  #pty: IPty | undefined
  #rows: number
  #columns: number
  #title = ''
  #exitCode: number | undefined
  #acknowledgedOffset: number | undefined
  #screenBacklogBytes = 0
  #paused = false

  constructor(options: TerminalOptions) {
    this.#options = options
    this.#rows = options.rows
    this.#columns = options.columns
    this.#screen = new Screen({
      rows: options.rows,
      cols: options.columns,
      scrollback: SCROLLBACK_LINES,
      allowProposedApi: true,
    })
    this.#screen.loadAddon(this.#serializer)
    this.#screen.onTitleChange((title) => {
      this.#title = title.slice(0, 200)
      this.#changed()
    })
    this.#start()
  }

  get state(): ConsoleTerminal {
    return {
      terminal: this.#options.terminal,
      path: this.#options.path,
      rows: this.#rows,
      columns: this.#columns,
      title: this.#title,
      ...(this.#exitCode === undefined ? {} : { exitCode: this.#exitCode }),
    }
  }

  /** Writes what was typed, once: a repeated sequence number of a session is known. Returns the last one that counts. */
  input(session: string, sequence: number, bytes: Uint8Array): number {
    const last = this.#inputs.get(session) ?? 0
    if (sequence !== last + 1) return last
    this.#inputs.delete(session)
    this.#inputs.set(session, sequence)
    if (this.#inputs.size > SESSIONS_MAX) {
      const [oldest] = this.#inputs.keys()
      if (oldest !== undefined) this.#inputs.delete(oldest)
    }
    if (this.#pty) this.#pty.write(bytes)
    else this.#start()
    return sequence
  }

  inputReceived(session: string): number {
    return this.#inputs.get(session) ?? 0
  }

  resize(rows: number, columns: number): void {
    if (rows === this.#rows && columns === this.#columns) return
    this.#rows = rows
    this.#columns = columns
    this.#screen.resize(columns, rows)
    this.#pty?.resize(columns, rows)
    this.#changed()
  }

  /** How far the viewers have come; undefined where nobody looks. */
  acknowledge(offset: number | undefined): void {
    this.#acknowledgedOffset = offset
    this.#balance()
  }

  /** Brings a viewer up to date. `deliver` is called at the place in the stream of outputs where it belongs. */
  attach(offset: number | undefined, deliver: (attachment: Attachment) => void): void {
    const missed = offset === undefined ? undefined : this.#ring.since(offset)
    if (missed) {
      deliver({ kind: 'output', offset: this.#ring.endOffset, bytes: missed })
      return
    }
    const drawnOffset = this.#ring.endOffset
    // The screen takes output in later than it comes; this empty write is behind all of it.
    this.#screen.write('', () => {
      const drawn = Buffer.from(this.#serializer.serialize({ scrollback: SCROLLBACK_LINES }))
      const since = this.#ring.since(drawnOffset) ?? new Uint8Array()
      deliver({
        kind: 'screen',
        offset: this.#ring.endOffset,
        bytes: Buffer.concat([drawn, since]),
      })
    })
  }

  /** Ends the shell and what it runs in the foreground. */
  kill(): void {
    this.#pty?.kill('SIGKILL')
  }

  #start(): void {
    const pty = spawn(this.#options.shell, [...(this.#options.shellArguments ?? ['-l'])], {
      name: 'xterm-256color',
      rows: this.#rows,
      cols: this.#columns,
      cwd: this.#options.cwd,
      env: this.#options.environment,
      // Bytes as they are: what is cut inside a character is put together by the screen.
      encoding: null,
    })
    this.#pty = pty
    this.#paused = false
    pty.onData((data: string | Uint8Array) =>
      this.#output(typeof data === 'string' ? Buffer.from(data) : data),
    )
    pty.onExit(({ exitCode, signal }) => {
      if (this.#pty !== pty) return
      this.#pty = undefined
      // As a shell reports a process that a signal ended.
      this.#exitCode = signal ? 128 + signal : exitCode
      this.#changed()
    })
    if (this.#exitCode !== undefined) {
      this.#exitCode = undefined
      this.#changed()
    }
  }

  #output(bytes: Uint8Array): void {
    const offset = this.#ring.endOffset
    this.#ring.append(bytes)
    this.#screenBacklogBytes += bytes.length
    this.#screen.write(bytes, () => {
      this.#screenBacklogBytes -= bytes.length
      this.#balance()
    })
    this.#options.onOutput(offset, bytes)
    this.#balance()
  }

  #balance(): void {
    const unseen =
      this.#acknowledgedOffset === undefined ? 0 : this.#ring.endOffset - this.#acknowledgedOffset
    const behind = unseen > WINDOW_BYTES || this.#screenBacklogBytes > SCREEN_BACKLOG_BYTES_MAX
    if (behind === this.#paused) return
    this.#paused = behind
    if (behind) this.#pty?.pause()
    else this.#pty?.resume()
  }

  #changed(): void {
    this.#options.onChanged(this.state)
  }
}
