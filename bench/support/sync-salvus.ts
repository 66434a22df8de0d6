import { randomBytes } from 'node:crypto'

import { ChangeSet } from '@codemirror/state'

import {
  decodeBinaryFrame,
  decodeChannelBody,
  decodeTextFrame,
  encodeBinaryFrame,
  encodeChannelBody,
  encodeTextFrame,
} from '../../src/messages/frames.ts'
import { PROTOCOL_VERSION } from '../../src/messages/version.ts'
import { createClient } from '../../src/sync/client.ts'
import type { Client, ViewChange } from '../../src/sync/client.ts'
import { connect, flush, localChange } from '../../src/sync/client-local.ts'
import { receiveAtClient } from '../../src/sync/client-receive.ts'
import { stringOf } from '../../src/sync/document-state.ts'
import { textEdit } from '../../src/sync/edit.ts'
import { ACK_ITEMS } from '../../src/sync/limits.ts'
import { encodeClientMessage } from '../../src/sync/wire-client.ts'
import { TEXT_BEFORE, TYPED } from './sync-load.ts'
import type { ClientOptions, LoadClient, LoadSystem, LoadTarget } from './sync-load.ts'
import { BenchSocket, BINARY } from './sync-socket.ts'

/** Of engine.io: what a packet is. */
const OPEN = '0'
const ENGINE_PING = '2'
const ENGINE_PONG = '3'
const MESSAGE = '4'
const PRIMUS_PING = 'primus::ping::'

const PART = ''

interface Answer {
  readonly event: string
  readonly id?: number
  readonly [field: string]: unknown
}

/** A tab: a connection to the hub with one route, and the channel of one document. */
export class Tab {
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #socket: BenchSocket | undefined
  #opened: (() => void) | undefined
  #id = 0
  /** The connection is gone, or its route. */
  ended = false
  onEnded: () => void = () => undefined
  route = 0
  channel = 0
  onPayload: (payload: Uint8Array) => void = () => undefined

  static async open(target: LoadTarget): Promise<Tab> {
    const { salvus, port } = target
    if (salvus === undefined) throw new Error('no Salvus to connect to')
    const tab = new Tab()
    const opened = new Promise<void>((resolve) => {
      tab.#opened = resolve
      tab.onEnded = resolve
    })
    tab.#socket = new BenchSocket({
      port,
      path: '/hub/?EIO=4&transport=websocket',
      headers: { Origin: salvus.origin, Cookie: salvus.cookie },
      onMessage: (opcode, payload) => tab.#receive(opcode, payload),
    })
    tab.#socket.onClosed = () => tab.#end('the connection was closed')
    await tab.#socket.opened
    await opened
    tab.onEnded = () => undefined
    await tab.request(0, 'hello', { version: PROTOCOL_VERSION, build: 'bench' })
    return tab
  }

  async openProject(projectId: string): Promise<void> {
    this.route = Number((await this.request(0, 'open_project', { projectId }))['route'])
  }

  get socket(): BenchSocket {
    if (this.#socket === undefined) throw new Error('not connected')
    return this.#socket
  }

  request(route: number, event: string, body: object): Promise<Answer> {
    if (this.ended) return Promise.reject(new Error(`${event}: the tab has ended`))
    const id = ++this.#id
    const json = JSON.stringify({ ...body, event, id })
    this.socket.send(MESSAGE + encodeTextFrame(route, json))
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.event === 'answer') resolve(answer)
        else reject(new Error(`${event}: ${JSON.stringify(answer)}`))
      })
    })
  }

  send(payload: Uint8Array): void {
    this.socket.send(encodeBinaryFrame(this.route, encodeChannelBody(this.channel, payload)))
  }

  #receive(opcode: number, payload: Buffer): void {
    if (opcode === BINARY) {
      const { channel, payload: message } = decodeChannelBody(decodeBinaryFrame(payload).body)
      if (channel === this.channel) this.onPayload(message)
      return
    }
    const text = payload.toString()
    if (text.startsWith(OPEN)) this.#opened?.()
    else if (text.startsWith(ENGINE_PING)) this.socket.send(ENGINE_PONG)
    else if (text.startsWith(MESSAGE + PRIMUS_PING)) {
      this.socket.send(`${MESSAGE}primus::pong::${text.slice(1 + PRIMUS_PING.length)}`)
    } else if (text.startsWith(MESSAGE)) this.#receiveText(text.slice(1))
  }

  #receiveText(frame: string): void {
    // Written by the hub, which is part of this build.
    const message = JSON.parse(decodeTextFrame(frame).json) as Answer
    if (message.event === 'route_closed' && message['route'] === this.route) {
      this.#end('the route was closed')
    }
    if (message.id === undefined) return
    this.#waiting.get(message.id)?.(message)
    this.#waiting.delete(message.id)
  }

  #end(message: string): void {
    this.ended = true
    for (const answer of this.#waiting.values()) answer({ event: 'error', message })
    this.#waiting.clear()
    this.onEnded()
  }
}

/** What light clients of a document know of it: what its first client, which only reads, has applied. */
interface Seen {
  client: Client
  /** Where each typist types in V(m), and how much of its is in it. */
  readonly places: Map<string, { at: number; committed: number }>
  readonly onAdvanced: (() => void)[]
}

/** Clients of Salvus: Primus frames, and the functions of src/sync that a page calls. */
export function salvusSystem(target: LoadTarget): LoadSystem {
  const typists = new Map<string, number>()
  const seen = new Map<number, Seen>()
  let projectId = ''
  return {
    async prepare(documents) {
      const tab = await Tab.open(target)
      const created = await tab.request(0, 'create_project', { title: 'Benchmark' })
      projectId = (created['project'] as { projectId: string }).projectId
      await tab.openProject(projectId)
      for (let document = 0; document < documents; document++) {
        const file = { path: pathOf(document), kind: 'file', text: TEXT_BEFORE }
        await tab.request(tab.route, 'create_file', file)
      }
      tab.socket.close()
    },
    async open(options) {
      const tab = await Tab.open(target)
      await tab.openProject(projectId)
      const path = pathOf(options.document)
      const opened = await tab.request(tab.route, 'open_document', { path })
      tab.channel = Number(opened['channel'])
      const sid = randomBytes(16).toString('hex')
      typists.set(sid, options.index)
      const client = createClient(sid)
      const full = fullClient({ tab, client, options, typists })
      const live = full.joined()
      for (const bytes of connect(client)) tab.send(bytes)
      await live
      const known = seen.get(options.document)
      if (options.kind === 'light') return lightClient({ tab, client, options, known })
      if (known === undefined) watch(seen, client, { full, document: options.document })
      return full
    },
  }
}

interface Made {
  readonly tab: Tab
  readonly client: Client
  readonly options: ClientOptions
}

type FullClient = LoadClient & {
  joined(): Promise<void>
  onChange: ((change: ViewChange) => void) | undefined
  onAdvanced: (() => void) | undefined
}

function fullClient({
  tab,
  client,
  options,
  typists,
}: Made & { readonly typists: ReadonlyMap<string, number> }): FullClient {
  let cursor = options.place
  let joined: (() => void) | undefined
  const full: FullClient = {
    socket: tab.socket,
    onChange: undefined,
    onAdvanced: undefined,
    joined: () =>
      new Promise((resolve) => {
        joined = resolve
      }),
    type() {
      const insert = { from: cursor++, insert: TYPED }
      localChange(client, textEdit(PART, ChangeSet.of(insert, lengthOf(client))), { undo: 'join' })
      for (const bytes of flush(client)) tab.send(bytes)
    },
    text: () => stringOf(client.view, PART),
  }
  tab.onPayload = (payload) => {
    const update = receiveAtClient(client, payload)
    for (const bytes of update.send) tab.send(bytes)
    // The document was given to another thread, and is resumed there.
    if (update.problem?.kind === 'lost') for (const bytes of connect(client)) tab.send(bytes)
    else if (update.problem) throw new Error(JSON.stringify(update.problem))
    if (update.resumed) for (const bytes of flush(client)) tab.send(bytes)
    if (update.joined) joined?.()
    for (const change of update.changes) {
      for (const { changes } of change.texts) cursor = changes.mapPos(cursor, -1)
      full.onChange?.(change)
      const typist = typists.get(change.by?.sid ?? '')
      if (typist !== undefined) options.onApplied(typist)
    }
    if (update.changes.length > 0) full.onAdvanced?.()
  }
  return full
}

/** Follows where everybody types, for the light clients of the document. */
function watch(
  all: Map<number, Seen>,
  client: Client,
  { full, document }: { readonly full: FullClient; readonly document: number },
): void {
  const places: Seen['places'] = new Map()
  const onAdvanced: Seen['onAdvanced'] = []
  all.set(document, { client, places, onAdvanced })
  full.onChange = ({ by, texts }) => {
    for (const { changes } of texts) {
      changes.iterChanges((from, _to, _fromAfter, toAfter) => {
        const inserted = toAfter - from
        for (const [sid, place] of places) {
          if (place.at > from || (place.at === from && sid === by?.sid)) place.at += inserted
          if (sid === by?.sid) place.committed += inserted
        }
      })
    }
  }
  full.onAdvanced = () => {
    for (const advanced of onAdvanced) advanced()
  }
}

/**
 * Sends what a page would: each edit on the newest version, with what is unacknowledged before it. (Two of its edits
 * are never one, so n counts characters.)
 */
function lightClient({
  tab,
  client,
  options,
  known,
}: Made & { readonly known: Seen | undefined }): LoadClient {
  tab.socket.ignored = BINARY
  const { sid, gen } = client
  let [toldM, ackedM, n] = [client.m, client.m, 0]
  const own = { at: options.place, committed: 0 }
  known?.places.set(sid, own)
  known?.onAdvanced.push(() => {
    const { m } = known.client
    if (m - ackedM < ACK_ITEMS) return
    ackedM = m
    tab.send(encodeClientMessage({ kind: 'ack', m }))
  })
  return {
    socket: tab.socket,
    type() {
      if (known === undefined) throw new Error('a light client types only beside one that reads')
      const { m } = known.client
      const pending = n - own.committed
      const at = own.at + pending
      const edit = textEdit(
        PART,
        ChangeSet.of({ from: at, insert: TYPED }, lengthOf(known.client) + pending),
      )
      const step = Math.max(0, m - toldM)
      toldM += step
      ackedM = Math.max(ackedM, toldM)
      tab.send(encodeClientMessage({ kind: 'edit', gen, n: ++n, step, edit }))
    },
    text: () => '',
  }
}

function pathOf(document: number): string {
  return `bench-${document}.txt`
}

function lengthOf(client: Client): number {
  return client.view.texts.get(PART)?.length ?? 0
}
