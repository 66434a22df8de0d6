import { connect, type Socket } from 'node:net'

import {
  CONSOLE_ATTACHED,
  CONSOLE_CONTROL,
  CONSOLE_DATA,
  type ConsoleTerminal,
  fromConsole,
  type FromConsole,
  type ToConsole,
} from '../../messages/console-server.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { LINK_FRAME_BYTES_MAX, REQUEST_DEADLINE_MS } from '../../messages/limits.ts'
import { parseJson } from '../../messages/parse-json.ts'
import { CodedError } from '../../util/coded-error.ts'
import { encodeFrame, FrameReader } from '../../util/frame-reader.ts'
import { encodeVarint as varint, readVarint } from '../../util/varint.ts'

/** What a viewer is brought up to date with. */
export interface Attached {
  /** ATTACHED_OUTPUT or ATTACHED_SCREEN. */
  readonly mode: number
  /** Offset behind the bytes. */
  readonly offset: number
  readonly bytes: Uint8Array
}

export interface ConsoleEvents {
  readonly onOutput: (terminal: number, offset: number, bytes: Uint8Array) => void
  readonly onChanged: (terminal: ConsoleTerminal) => void
  readonly onInputReceived: (terminal: number, session: string, sequence: number) => void
  /** The connection is lost; everything known of its terminals is void. */
  readonly onLost: () => void
}

interface Waiting {
  readonly settle: (value: FromConsole | Attached) => void
  readonly fail: (error: unknown) => void
  /** Runs as the frame is read, so that it stands between the outputs before and behind it. */
  readonly onAttached?: (attached: Attached) => void
}

/** The local hub's end of the connection to the console server. */
export class ConsoleClient {
  readonly #socket: Socket
  readonly #events: ConsoleEvents
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  /** @throws the socket's error where nobody listens */
  static connect(socketPath: string, events: ConsoleEvents): Promise<ConsoleClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(socketPath)
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.removeListener('error', reject)
        resolve(new ConsoleClient(socket, events))
      })
    })
  }

  private constructor(socket: Socket, events: ConsoleEvents) {
    this.#socket = socket
    this.#events = events
    const reader = new FrameReader(LINK_FRAME_BYTES_MAX)
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#receive(frame)
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined)
      }
    })
    // 'close' follows every error and tells the rest.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#lost())
  }

  async open(
    request: Omit<Extract<ToConsole, { event: 'open' }>, 'event' | 'id'>,
  ): Promise<Extract<FromConsole, { event: 'opened' }>> {
    const answer = await this.#request((id) => ({ event: 'open', id, ...request }))
    if (!('event' in answer) || answer.event !== 'opened')
      throw new Error('bug: the console server answered something else')
    return answer
  }

  /** `onAttached` is called between the outputs before and behind it. */
  async attach(
    terminal: number,
    offset: number | undefined,
    onAttached: (attached: Attached) => void,
  ): Promise<void> {
    await this.#request(
      (id) => ({ event: 'attach', id, terminal, ...(offset === undefined ? {} : { offset }) }),
      onAttached,
    )
  }

  input(terminal: number, session: string, sequence: number, bytes: Uint8Array): void {
    const name = Buffer.from(session)
    this.#write([
      Uint8Array.of(CONSOLE_DATA),
      varint(terminal),
      varint(sequence),
      varint(name.length),
      name,
      bytes,
    ])
  }

  resize(terminal: number, rows: number, columns: number): void {
    this.#send({ event: 'resize', terminal, rows, columns })
  }

  acknowledge(terminal: number, offset: number | null): void {
    this.#send({ event: 'acknowledge', terminal, offset })
  }

  kill(terminal: number): void {
    this.#send({ event: 'kill', terminal })
  }

  close(): void {
    this.#socket.destroy()
  }

  #request(
    message: (id: number) => ToConsole,
    onAttached?: (attached: Attached) => void,
  ): Promise<FromConsole | Attached> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new CodedError<ErrorCode>('deadline', 'the console server does not answer'))
      }, REQUEST_DEADLINE_MS)
      this.#waiting.set(id, {
        settle(value) {
          clearTimeout(timer)
          resolve(value)
        },
        fail(error) {
          clearTimeout(timer)
          reject(error)
        },
        ...(onAttached ? { onAttached } : {}),
      })
      this.#send(message(id))
    })
  }

  #receive(frame: Uint8Array): void {
    if (frame[0] === CONSOLE_CONTROL)
      this.#control(fromConsole.parse(parseJson(Buffer.from(frame.subarray(1)).toString())))
    else if (frame[0] === CONSOLE_DATA) this.#output(frame)
    else if (frame[0] === CONSOLE_ATTACHED) this.#attached(frame)
  }

  #control(message: FromConsole): void {
    if (message.event === 'changed') this.#events.onChanged(message.terminal)
    else if (message.event === 'input_received') {
      this.#events.onInputReceived(message.terminal, message.session, message.sequence)
    } else if (message.event === 'opened') this.#take(message.id)?.settle(message)
    else if (message.event === 'failed') {
      this.#take(message.id)?.fail(new CodedError<ErrorCode>('unavailable', message.message))
    }
  }

  #output(frame: Uint8Array): void {
    const terminal = readVarint(frame, 1)
    const offset = terminal && readVarint(frame, terminal.end)
    if (!offset) throw new Error('an output frame is cut')
    this.#events.onOutput(terminal.value, offset.value, frame.subarray(offset.end))
  }

  #attached(frame: Uint8Array): void {
    const id = readVarint(frame, 1)
    const mode = id && frame[id.end]
    const offset = id && readVarint(frame, id.end + 1)
    if (!offset || mode === undefined) throw new Error('an attached frame is cut')
    const attached = { mode, offset: offset.value, bytes: frame.subarray(offset.end) }
    const waiting = this.#take(id.value)
    waiting?.onAttached?.(attached)
    waiting?.settle(attached)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  #lost(): void {
    for (const waiting of this.#waiting.values()) {
      waiting.fail(new CodedError<ErrorCode>('closed', 'the console server is gone'))
    }
    this.#waiting.clear()
    this.#events.onLost()
  }

  #send(message: ToConsole): void {
    this.#write([Uint8Array.of(CONSOLE_CONTROL), Buffer.from(JSON.stringify(message))])
  }

  #write(parts: readonly Uint8Array[]): void {
    this.#socket.write(encodeFrame(parts))
  }
}
