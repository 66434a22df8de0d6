import { connect, type Socket } from 'node:net'

import type { ErrorCode } from '../../messages/errors.ts'
import { parseJson } from '../../messages/parse-json.ts'
import {
  SAGE_FRAME_BYTES_MAX,
  SAGE_PROTOCOL_VERSION,
  sageServerEvent,
  type SageServerEvent,
  type SageServerRequest,
} from '../../messages/sage-server.ts'
import { CodedError } from '../../util/coded-error.ts'
import { encodeFrame, FrameReader } from '../../util/frame-reader.ts'

/** The parent answers at once, but it may still be importing Sage from a cold disk when it is first asked. */
const WELCOME_DEADLINE_MS = 120_000

/** Completion evaluates for at most some seconds; a fork takes milliseconds on a machine that is not swapping. */
const ANSWER_DEADLINE_MS = 20_000

/** An event that belongs to a session and answers no request. */
export type SessionEvent = Extract<
  SageServerEvent,
  { event: 'output' | 'done' | 'asks' | 'session_ended' }
>
export type Answer = Exclude<SageServerEvent, SessionEvent | { event: 'error' }>
export type Welcome = Extract<SageServerEvent, { event: 'welcome' }>

/** Requests that are answered, without the id that the link gives them. */
type Question = Extract<SageServerRequest, { id: number }>
export type QuestionFields = Question extends infer Q
  ? Q extends Question
    ? Omit<Q, 'id'>
    : never
  : never
export type Statement = Exclude<SageServerRequest, Question>

export interface AskOptions<E extends Answer['event']> {
  readonly deadlineMs?: number
  readonly onAnswer?: (answer: Extract<Answer, { event: E }>) => void
}

interface Waiting {
  readonly settle: (answer: Answer) => void
  readonly fail: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

export interface SageLinkEvents {
  readonly onEvent: (event: SessionEvent) => void
  readonly onClose: () => void
}

/** One connection to the Sage server, from its welcome on. */
export class SageLink {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  readonly #events: SageLinkEvents
  #lastId = 0

  /** @throws CodedError `unavailable` where nobody listens, `deadline` where nobody answers */
  static async open(
    path: string,
    events: SageLinkEvents,
  ): Promise<{ link: SageLink; welcome: Welcome }> {
    const link = new SageLink(await connected(path), events)
    try {
      const question = { event: 'hello', protocol: SAGE_PROTOCOL_VERSION } as const
      const welcome = await link.ask(question, 'welcome', { deadlineMs: WELCOME_DEADLINE_MS })
      return { link, welcome }
    } catch (error) {
      link.close()
      throw error
    }
  }

  private constructor(socket: Socket, events: SageLinkEvents) {
    this.#socket = socket
    this.#events = events
    const reader = new FrameReader(SAGE_FRAME_BYTES_MAX)
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) this.#receive(frame)
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined)
      }
    })
    // 'close' follows every error and tells the rest.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#closed())
  }

  get open(): boolean {
    return this.#socket.writable
  }

  tell(statement: Statement): void {
    this.#write(statement)
  }

  /**
   * `onAnswer` runs as the answer is read, before the events behind it.
   * @throws CodedError the refusal, `closed` when the link is lost, `deadline`
   */
  ask<E extends Answer['event']>(
    question: QuestionFields,
    expected: E,
    options: AskOptions<E> = {},
  ): Promise<Extract<Answer, { event: E }>> {
    const id = ++this.#lastId
    const { deadlineMs = ANSWER_DEADLINE_MS, onAnswer } = options
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(coded('deadline', `no answer to ${question.event} in ${deadlineMs} ms`))
      }, deadlineMs)
      const settle = (answer: Answer): void => {
        if (isA(answer, expected)) {
          onAnswer?.(answer)
          resolve(answer)
        } else reject(coded('bad_message', `${answer.event} answers ${question.event}`))
      }
      this.#waiting.set(id, { settle, fail: reject, timer })
      if (this.open) this.#write({ ...question, id })
      else this.#settle(id)?.fail(coded('closed', 'the link to the Sage server is closed'))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #write(message: SageServerRequest): void {
    if (this.open) this.#socket.write(encodeFrame([Buffer.from(JSON.stringify(message))]))
  }

  #receive(frame: Uint8Array): void {
    const event = sageServerEvent.parse(parseJson(Buffer.from(frame).toString('utf8')))
    switch (event.event) {
      case 'output':
      case 'done':
      case 'asks':
      case 'session_ended':
        return this.#events.onEvent(event)
      case 'error':
        return this.#settle(event.id)?.fail(coded(event.code, event.message))
      case 'welcome':
      case 'attached':
      case 'closed':
      case 'completions':
      case 'inspection':
        return this.#settle(event.id)?.settle(event)
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    clearTimeout(waiting?.timer)
    return waiting
  }

  #closed(): void {
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id)?.fail(coded('closed', 'the link to the Sage server was lost'))
    }
    this.#events.onClose()
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error) => {
      reject(coded('unavailable', `the Sage server does not listen: ${error.message}`))
    })
  })
}

function isA<E extends Answer['event']>(
  answer: Answer,
  event: E,
): answer is Extract<Answer, { event: E }> {
  return answer.event === event
}

function coded(code: ErrorCode, message: string): CodedError<ErrorCode> {
  return new CodedError(code, message)
}
