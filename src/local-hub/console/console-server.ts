import { createServer, type Server, type Socket } from 'node:net'
import { chmod, rm } from 'node:fs/promises'

import {
  ATTACHED_OUTPUT,
  ATTACHED_SCREEN,
  CONSOLE_ATTACHED,
  CONSOLE_CONTROL,
  CONSOLE_DATA,
  type FromConsole,
  toConsole,
  type ToConsole,
} from '../../messages/console-server.ts'
import { LINK_FRAME_BYTES_MAX } from '../../messages/limits.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { codeOf } from '../../util/coded-error.ts'
import { encodeFrame, FrameReader } from '../../util/frame-reader.ts'
import { encodeVarint as varint, readVarint } from '../../util/varint.ts'
import { Terminal } from './terminal.ts'

/** Terminals of one project: each costs a shell and its screen. */
const TERMINALS_MAX = 64

export interface ConsoleServerOptions {
  readonly socketPath: string
  /** The project's directory: where shells begin. */
  readonly projectDir: string
  readonly shell: string
  readonly shellArguments?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly onError: (error: unknown) => void
}

/**
 * The terminals of a project, in a process of their own, so that they outlive a local hub. Serves one local hub at
 * a time: the newest connection. While none is connected the shells go on, and nothing holds them up.
 */
export class ConsoleServer implements AsyncDisposable {
  readonly #options: ConsoleServerOptions
  readonly #server: Server
  readonly #terminals = new Map<number, Terminal>()
  #socket: Socket | undefined
  #last = 0

  static async listen(options: ConsoleServerOptions): Promise<ConsoleServer> {
    await rm(options.socketPath, { force: true })
    const server = new ConsoleServer(options)
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject)
      server.#server.listen(options.socketPath, resolve)
    })
    await chmod(options.socketPath, 0o600)
    return server
  }

  private constructor(options: ConsoleServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const terminal of this.#terminals.values()) terminal.kill()
    this.#socket?.destroy()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }

  #serve(socket: Socket): void {
    this.#socket?.destroy()
    this.#socket = socket
    const reader = new FrameReader(LINK_FRAME_BYTES_MAX)
    socket.on('error', this.#options.onError)
    socket.on('close', () => this.#disconnected(socket))
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#receive(frame)
      } catch (error) {
        // Only our own local hub is at the other end: it connects anew and begins from a clean state.
        this.#options.onError(error)
        socket.destroy()
      }
    })
    this.#send({
      event: 'hello',
      terminals: [...this.#terminals.values()].map((terminal) => terminal.state),
    })
  }

  #disconnected(socket: Socket): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    for (const terminal of this.#terminals.values()) terminal.acknowledge(undefined)
  }

  #receive(frame: Uint8Array): void {
    if (frame[0] === CONSOLE_DATA) this.#input(frame)
    else if (frame[0] === CONSOLE_CONTROL) {
      this.#control(
        toConsole.parse(
          parseJson(Buffer.from(frame.buffer, frame.byteOffset + 1, frame.length - 1).toString()),
        ),
      )
    }
  }

  #control(message: ToConsole): void {
    if (message.event === 'open') return this.#open(message)
    const terminal = this.#terminals.get(message.terminal)
    if (message.event === 'attach') return this.#attach(message, terminal)
    if (message.event === 'resize') terminal?.resize(message.rows, message.columns)
    else if (message.event === 'acknowledge') terminal?.acknowledge(message.offset ?? undefined)
    else terminal?.kill()
  }

  #open({ id, path, rows, columns, session }: Extract<ToConsole, { event: 'open' }>): void {
    try {
      const existing = [...this.#terminals.values()].find((each) => each.state.path === path)
      const terminal = existing ?? this.#begin(path, rows, columns)
      this.#send({
        event: 'opened',
        id,
        terminal: terminal.state,
        inputReceived: terminal.inputReceived(session),
      })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#send({ event: 'failed', id, code: codeOf(error) ?? 'internal', message })
    }
  }

  #begin(path: string, rows: number, columns: number): Terminal {
    if (this.#terminals.size >= TERMINALS_MAX) this.#forgetEnded()
    if (this.#terminals.size >= TERMINALS_MAX)
      throw new Error(`more than ${TERMINALS_MAX} terminals run in this project`)
    const number = ++this.#last
    const terminal = new Terminal({
      terminal: number,
      path,
      rows,
      columns,
      shell: this.#options.shell,
      shellArguments: this.#options.shellArguments,
      cwd: this.#options.projectDir,
      environment: this.#options.environment,
      onOutput: (offset, bytes) => this.#output(number, offset, bytes),
      onChanged: (state) => this.#send({ event: 'changed', terminal: state }),
    })
    this.#terminals.set(number, terminal)
    return terminal
  }

  #forgetEnded(): void {
    for (const [number, terminal] of this.#terminals) {
      if (terminal.state.exitCode !== undefined) this.#terminals.delete(number)
    }
  }

  #attach(message: Extract<ToConsole, { event: 'attach' }>, terminal: Terminal | undefined): void {
    const { id } = message
    if (!terminal)
      return this.#send({
        event: 'failed',
        id,
        code: 'not_found',
        message: 'this terminal is gone',
      })
    const socket = this.#socket
    terminal.attach(message.offset, ({ kind, offset, bytes }) => {
      if (this.#socket !== socket) return
      const mode = kind === 'output' ? ATTACHED_OUTPUT : ATTACHED_SCREEN
      this.#write([
        Uint8Array.of(CONSOLE_ATTACHED),
        varint(id),
        Uint8Array.of(mode),
        varint(offset),
        bytes,
      ])
    })
  }

  #input(frame: Uint8Array): void {
    const number = readVarint(frame, 1)
    const sequence = number && readVarint(frame, number.end)
    const length = sequence && readVarint(frame, sequence.end)
    if (!length) throw new Error('an input frame is cut')
    const session = Buffer.from(frame.subarray(length.end, length.end + length.value)).toString()
    const received = this.#terminals
      .get(number.value)
      ?.input(session, sequence.value, frame.subarray(length.end + length.value))
    if (received !== undefined) {
      this.#send({ event: 'input_received', terminal: number.value, session, sequence: received })
    }
  }

  #output(terminal: number, offset: number, bytes: Uint8Array): void {
    this.#write([Uint8Array.of(CONSOLE_DATA), varint(terminal), varint(offset), bytes])
  }

  #send(message: FromConsole): void {
    this.#write([Uint8Array.of(CONSOLE_CONTROL), Buffer.from(JSON.stringify(message))])
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#socket?.write(encodeFrame(parts))
  }
}
