import { ATTACHED_SCREEN, type ConsoleTerminal } from '../../messages/console-server.ts'
import type { AnswerOf, RequestOf } from '../../messages/define.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { ChannelId, ClientId } from '../../messages/ids.ts'
import { WINDOW_BYTES } from '../../messages/limits.ts'
import {
  TERMINAL_INPUT,
  TERMINAL_INPUT_RECEIVED,
  TERMINAL_OUTPUT,
  TERMINAL_SCREEN,
  type TerminalState,
  type terminalNoticesUp,
  type terminalRequests,
} from '../../messages/terminals.ts'
import { CodedError } from '../../util/coded-error.ts'
import { readVarint, varintLength, writeVarint } from '../../util/varint.ts'
import type { Broadcast, Channels, LocalClient } from '../client.ts'
import type { Handlers, NoticeHandlers } from '../handler.ts'
import { ConsoleClient } from './console-client.ts'

/** A viewer that does not acknowledge for this long no longer holds up the others; it gets the screen when it is back. */
const SLOW_VIEWER_MS = 2_000

/** A viewer is shown as typing for this long after a key. */
const TYPING_MS = 3_000

interface Viewer {
  readonly client: LocalClient
  readonly session: string
  rows: number
  columns: number
  sentOffset: number
  acknowledgedOffset: number
  /** When it last acknowledged something, or had nothing to acknowledge. */
  progressMs: number
  /** Outputs are left out for it until it was attached (anew). */
  attached: boolean
  typing: NodeJS.Timeout | undefined
}

interface OpenTerminal {
  readonly channel: ChannelId
  readonly terminal: number
  readonly viewers: Map<ClientId, Viewer>
  state: ConsoleTerminal
  sizeOwner: ClientId | undefined
  /** What the console server was last told of how far the viewers have come. */
  allowedOffset: number | null | undefined
  /** Looks again at viewers that hold the others up. */
  holding: NodeJS.Timeout | undefined
}

export interface TerminalAreaOptions {
  readonly channels: Channels
  readonly broadcast: Broadcast
  /** Starts the console server where it does not run, and says where it listens. */
  readonly ensureConsole: () => Promise<string>
  readonly onError: (error: unknown) => void
}

export interface TerminalArea extends AsyncDisposable {
  readonly handlers: Handlers<keyof typeof terminalRequests>
  readonly noticeHandlers: NoticeHandlers<keyof typeof terminalNoticesUp>
}

/** What people do with terminals; the shells themselves live in the console server. */
export function createTerminalArea(options: TerminalAreaOptions): TerminalArea {
  const terminals = new Terminals(options)
  return {
    handlers: {
      open_terminal: (request, client) => terminals.open(request, client),
      close_terminal({ channel }, client) {
        terminals.leave(channel, client)
        return {}
      },
      kill_terminal({ channel }, client) {
        terminals.kill(channel, client)
        return {}
      },
    },
    noticeHandlers: {
      resize_terminal: ({ channel, rows, columns }, client) =>
        terminals.resize(channel, client, { rows, columns }),
      acknowledge_output: ({ channel, offset }, client) =>
        terminals.acknowledge(channel, client, offset),
    },
    async [Symbol.asyncDispose]() {
      await terminals.close()
    },
  }
}

/**
 * The terminals that somebody looks at. One channel for each terminal, the same for all its viewers. The size is
 * that of the window in which somebody last typed; others show it letterboxed.
 */
class Terminals {
  readonly #options: TerminalAreaOptions
  readonly #byChannel = new Map<ChannelId, OpenTerminal>()
  #console: Promise<ConsoleClient> | undefined

  constructor(options: TerminalAreaOptions) {
    this.#options = options
  }

  async open(
    request: RequestOf<typeof terminalRequests, 'open_terminal'>,
    client: LocalClient,
  ): Promise<AnswerOf<typeof terminalRequests, 'open_terminal'>> {
    const { path, rows, columns, session, offset } = request
    const console = await this.#connected()
    const { terminal: state, inputReceived } = await console.open({ path, rows, columns, session })
    const open = this.#find(state.terminal) ?? this.#begin(state)
    const viewer: Viewer = {
      client,
      session,
      rows,
      columns,
      sentOffset: 0,
      acknowledgedOffset: 0,
      progressMs: Date.now(),
      attached: false,
      typing: undefined,
    }
    this.#join(open, viewer)
    // The answer goes first: the client learns the channel from it.
    setImmediate(() => this.#attach(open, viewer, offset))
    return { channel: open.channel, client: client.id, state: stateOf(open), inputReceived }
  }

  leave(channel: ChannelId, client: LocalClient): void {
    const open = this.#byChannel.get(channel)
    const viewer = open?.viewers.get(client.id)
    if (!open || !viewer) return
    clearTimeout(viewer.typing)
    open.viewers.delete(client.id)
    if (open.sizeOwner === client.id) open.sizeOwner = undefined
    this.#balance(open)
    this.#tell(open)
  }

  kill(channel: ChannelId, client: LocalClient): void {
    const { open } = this.#require(channel, client)
    this.#withConsole((console) => console.kill(open.terminal))
  }

  resize(
    channel: ChannelId,
    client: LocalClient,
    { rows, columns }: { rows: number; columns: number },
  ): void {
    const { open, viewer } = this.#require(channel, client)
    viewer.rows = rows
    viewer.columns = columns
    // Alone, there is nobody whom another size would disturb.
    if (open.viewers.size === 1 || open.sizeOwner === client.id) this.#applySize(open, viewer)
  }

  acknowledge(channel: ChannelId, client: LocalClient, offset: number): void {
    const { open, viewer } = this.#require(channel, client)
    if (offset > viewer.sentOffset || offset <= viewer.acknowledgedOffset) return
    viewer.acknowledgedOffset = offset
    viewer.progressMs = Date.now()
    // It was left out while it was slow, and has now shown all that it got.
    if (!viewer.attached && offset === viewer.sentOffset) this.#attach(open, viewer, offset)
    this.#balance(open)
  }

  async close(): Promise<void> {
    for (const open of this.#byChannel.values()) stopTimers(open)
    const console = await this.#console?.catch(() => undefined)
    console?.close()
  }

  #connected(): Promise<ConsoleClient> {
    this.#console ??= this.#connect().catch((error: unknown) => {
      this.#console = undefined
      throw error
    })
    return this.#console
  }

  async #connect(): Promise<ConsoleClient> {
    const socketPath = await this.#options.ensureConsole()
    return ConsoleClient.connect(socketPath, {
      onOutput: (terminal, offset, bytes) => this.#output(terminal, offset, bytes),
      onChanged: (state) => this.#changed(state),
      onInputReceived: (terminal, session, sequence) =>
        this.#inputReceived(terminal, session, sequence),
      onLost: () => this.#lost(),
    })
  }

  #withConsole(use: (console: ConsoleClient) => void | Promise<void>): void {
    this.#console?.then(use).catch(this.#options.onError)
  }

  #find(terminal: number): OpenTerminal | undefined {
    for (const open of this.#byChannel.values()) if (open.terminal === terminal) return open
    return undefined
  }

  #begin(state: ConsoleTerminal): OpenTerminal {
    const channel = this.#options.channels.open({
      receive: (client, payload) => this.#input(channel, client, payload),
    })
    const open: OpenTerminal = {
      channel,
      terminal: state.terminal,
      viewers: new Map(),
      allowedOffset: undefined,
      holding: undefined,
      state,
      sizeOwner: undefined,
    }
    this.#byChannel.set(channel, open)
    return open
  }

  #join(open: OpenTerminal, viewer: Viewer): void {
    const { client } = viewer
    open.viewers.set(client.id, viewer)
    client.left.addEventListener('abort', () => this.leave(open.channel, client), { once: true })
    if (open.viewers.size === 1) this.#applySize(open, viewer)
    this.#tell(open)
  }

  #attach(open: OpenTerminal, viewer: Viewer, offset: number | undefined): void {
    viewer.attached = false
    this.#withConsole((console) =>
      console.attach(open.terminal, offset, ({ mode, offset: end, bytes }) => {
        const screen = mode === ATTACHED_SCREEN
        const start = screen ? end : end - bytes.length
        viewer.client.sendBinary(
          open.channel,
          encodePayload(screen ? TERMINAL_SCREEN : TERMINAL_OUTPUT, start, bytes),
        )
        viewer.attached = true
        viewer.sentOffset = end
        viewer.acknowledgedOffset = end
        viewer.progressMs = Date.now()
        this.#balance(open)
      }),
    )
  }

  #input(channel: ChannelId, client: LocalClient, payload: Uint8Array): void {
    const { open, viewer } = this.#require(channel, client)
    if (client.role === 'viewer')
      throw new CodedError<ErrorCode>('read_only', 'viewers can not type in terminals')
    const sequence = payload[0] === TERMINAL_INPUT ? readVarint(payload, 1) : undefined
    if (!sequence) throw new CodedError<ErrorCode>('bad_message', 'this is no input of a terminal')
    if (open.sizeOwner !== client.id) {
      open.sizeOwner = client.id
      this.#applySize(open, viewer)
      this.#tell(open)
    }
    this.#markTyping(open, viewer)
    const bytes = payload.subarray(sequence.end)
    this.#withConsole((console) =>
      console.input(open.terminal, viewer.session, sequence.value, bytes),
    )
  }

  #markTyping(open: OpenTerminal, viewer: Viewer): void {
    const wasTyping = viewer.typing !== undefined
    clearTimeout(viewer.typing)
    viewer.typing = setTimeout(() => {
      viewer.typing = undefined
      this.#tell(open)
    }, TYPING_MS)
    if (!wasTyping) this.#tell(open)
  }

  #output(terminal: number, offset: number, bytes: Uint8Array): void {
    const open = this.#find(terminal)
    if (!open) return
    const ready: LocalClient[] = []
    for (const viewer of open.viewers.values()) {
      if (!viewer.attached) continue
      if (viewer.acknowledgedOffset === viewer.sentOffset) viewer.progressMs = Date.now()
      viewer.sentOffset = offset + bytes.length
      ready.push(viewer.client)
    }
    const payload = encodePayload(TERMINAL_OUTPUT, offset, bytes)
    this.#options.broadcast.sendBinary(ready, open.channel, payload)
    this.#balance(open)
  }

  /**
   * Lets the shell print as far ahead as the slowest viewer allows. One that holds the others up without getting
   * on is left out until it is back; alone it may be as slow as it likes.
   */
  #balance(open: OpenTerminal): void {
    const nowMs = Date.now()
    let slowest: number | null = null
    let held = false
    for (const viewer of open.viewers.values()) {
      if (!viewer.attached) continue
      const behind = viewer.sentOffset - viewer.acknowledgedOffset > WINDOW_BYTES / 2
      if (open.viewers.size > 1 && behind && nowMs - viewer.progressMs >= SLOW_VIEWER_MS) {
        viewer.attached = false
        continue
      }
      held ||= behind
      slowest = Math.min(slowest ?? viewer.acknowledgedOffset, viewer.acknowledgedOffset)
    }
    clearTimeout(open.holding)
    if (held && open.viewers.size > 1)
      open.holding = setTimeout(() => this.#balance(open), SLOW_VIEWER_MS)
    if (slowest === open.allowedOffset) return
    open.allowedOffset = slowest
    this.#withConsole((console) => console.acknowledge(open.terminal, slowest))
  }

  #applySize(open: OpenTerminal, { rows, columns }: Viewer): void {
    this.#withConsole((console) => console.resize(open.terminal, rows, columns))
  }

  #changed(state: ConsoleTerminal): void {
    const open = this.#find(state.terminal)
    if (!open) return
    open.state = state
    this.#tell(open)
  }

  #inputReceived(terminal: number, session: string, sequence: number): void {
    const open = this.#find(terminal)
    for (const viewer of open?.viewers.values() ?? []) {
      if (open && viewer.session === session) {
        viewer.client.sendBinary(
          open.channel,
          encodePayload(TERMINAL_INPUT_RECEIVED, sequence, new Uint8Array()),
        )
      }
    }
  }

  #tell(open: OpenTerminal): void {
    const clients = [...open.viewers.values()].map((viewer) => viewer.client)
    this.#options.broadcast.notify(clients, 'terminal_changed', {
      channel: open.channel,
      state: stateOf(open),
    })
  }

  #require(channel: ChannelId, client: LocalClient): { open: OpenTerminal; viewer: Viewer } {
    const open = this.#byChannel.get(channel)
    const viewer = open?.viewers.get(client.id)
    if (!open || !viewer)
      throw new CodedError<ErrorCode>('not_found', `there is no terminal on channel ${channel}`)
    return { open, viewer }
  }

  /** The console server is gone, and its shells with it: clients open their terminals anew. */
  #lost(): void {
    this.#console = undefined
    for (const open of this.#byChannel.values()) {
      const clients = [...open.viewers.values()].map((viewer) => viewer.client)
      stopTimers(open)
      this.#options.channels.close(open.channel)
      this.#options.broadcast.notify(clients, 'terminal_closed', {
        channel: open.channel,
        reason: 'The console server of this project has ended, and its shells with it.',
      })
    }
    this.#byChannel.clear()
  }
}

function stopTimers(open: OpenTerminal): void {
  clearTimeout(open.holding)
  for (const viewer of open.viewers.values()) clearTimeout(viewer.typing)
}

function stateOf(open: OpenTerminal): TerminalState {
  const { rows, columns, title, exitCode } = open.state
  return {
    rows,
    columns,
    title,
    viewers: [...open.viewers.values()].map(({ client, typing }) => ({
      client: client.id,
      name: client.name,
      typing: typing !== undefined,
    })),
    ...(open.sizeOwner === undefined ? {} : { sizeOwner: open.sizeOwner }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

function encodePayload(kind: number, number: number, bytes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(1 + varintLength(number) + bytes.length)
  payload[0] = kind
  payload.set(bytes, writeVarint(payload, 1, number))
  return payload
}
