import { requirePeer } from './sync-peer-packages.ts'
import { TEXT_BEFORE, TYPED } from './sync-load.ts'
import type { ClientOptions, LoadClient, LoadSystem, LoadTarget } from './sync-load.ts'
import { BenchSocket, BINARY } from './sync-socket.ts'

/** What is used of Yjs, y-protocols and lib0. */
interface YText {
  readonly length: number
  insert(index: number, text: string): void
  toString(): string
}
interface YDoc {
  readonly clientID: number
  getText(name: string): YText
  on(event: 'update', listener: (update: Uint8Array, origin: unknown) => void): void
  on(event: 'afterTransaction', listener: (transaction: Transaction) => void): void
}
/** The states tell how many changes each client has made. */
interface Transaction {
  readonly local: boolean
  readonly beforeState: ReadonlyMap<number, number>
  readonly afterState: ReadonlyMap<number, number>
}
interface Yjs {
  Doc: new () => YDoc
  createRelativePositionFromTypeIndex(text: YText, index: number, assoc: number): RelativePosition
  createAbsolutePositionFromRelativePosition(
    position: RelativePosition,
    doc: YDoc,
  ): { readonly index: number } | null
}
interface RelativePosition {
  readonly assoc: number
}
interface Encoder {
  readonly bufs: unknown
}
interface Decoder {
  readonly arr: Uint8Array
}
interface Encoding {
  createEncoder(): Encoder
  toUint8Array(encoder: Encoder): Uint8Array
  length(encoder: Encoder): number
  writeVarUint(encoder: Encoder, value: number): void
  writeVarString(encoder: Encoder, text: string): void
}
interface Decoding {
  createDecoder(bytes: Uint8Array): Decoder
  readVarUint(decoder: Decoder): number
  readVarString(decoder: Decoder): string
}
interface SyncProtocol {
  writeSyncStep1(encoder: Encoder, doc: YDoc): void
  writeUpdate(encoder: Encoder, update: Uint8Array): void
  readSyncMessage(decoder: Decoder, encoder: Encoder, doc: YDoc, origin: unknown): number
}

const SYNC = 0
const AUTH = 2
/** Of Hocuspocus: a sync message that is an answer. */
const SYNC_REPLY = 4
const STEP_2 = 1
const TOKEN = 0
const TEXT_NAME = 'text'
/** The origin of what came from the server. */
export const REMOTE = 'remote'

/** The one difference on the wire: Hocuspocus names the document in each message, and is shown a token first. */
export type YjsServer = 'y-websocket' | 'hocuspocus'

/** Yjs with its protocol, from where the peers are installed. */
export function yjsKit(server: YjsServer, target: LoadTarget): Kit {
  return {
    server,
    target,
    yjs: requirePeer<Yjs>(target.peers, 'yjs'),
    encoding: requirePeer<Encoding>(target.peers, 'lib0/encoding'),
    decoding: requirePeer<Decoding>(target.peers, 'lib0/decoding'),
    protocol: requirePeer<SyncProtocol>(target.peers, 'y-protocols/sync'),
    typists: new Map(),
  }
}

/** Clients of Yjs, of which each has its Y.Doc and speaks the protocol of y-websocket or Hocuspocus. */
export function yjsSystem(server: YjsServer, target: LoadTarget): LoadSystem {
  const kit = yjsKit(server, target)
  // They stay: a server forgets a document that nobody has open.
  const seeds: Replica[] = []
  return {
    async prepare(documents) {
      for (let document = 0; document < documents; document++) {
        const seed = await Replica.open(kit, document, 'empty')
        seed.insert(0, TEXT_BEFORE)
        seeds.push(seed)
      }
    },
    async open(options) {
      const replica = await Replica.open(kit, options.document, 'with its text')
      seeds[options.document]?.leaveSoon()
      kit.typists.set(replica.doc.clientID, options.index)
      return yjsClient(kit, replica, options)
    },
  }
}

export interface Kit {
  readonly server: YjsServer
  readonly target: LoadTarget
  readonly yjs: Yjs
  readonly encoding: Encoding
  readonly decoding: Decoding
  readonly protocol: SyncProtocol
  /** By Yjs's number of a client. */
  readonly typists: Map<number, number>
}

function yjsClient(kit: Kit, replica: Replica, options: ClientOptions): LoadClient {
  const { yjs } = kit
  const text = replica.doc.getText(TEXT_NAME)
  // It stands behind the character before, as a cursor of a page does, whatever the others type.
  let cursor = yjs.createRelativePositionFromTypeIndex(text, options.place, -1)
  // What it gets from now on is counted only. Its own document takes its own changes: of those, updates are made.
  if (options.kind === 'light') replica.socket.ignored = BINARY
  replica.doc.on('afterTransaction', ({ local, beforeState, afterState }) => {
    if (local) return
    for (const [id, clock] of afterState) {
      const typist = kit.typists.get(id)
      if (typist === undefined) continue
      for (let at = beforeState.get(id) ?? 0; at < clock; at++) options.onApplied(typist)
    }
  })
  return {
    socket: replica.socket,
    type() {
      const at = yjs.createAbsolutePositionFromRelativePosition(cursor, replica.doc)?.index
      if (at === undefined) throw new Error('a cursor is lost')
      replica.insert(at, TYPED)
      cursor = yjs.createRelativePositionFromTypeIndex(text, at + 1, -1)
    },
    text: () => text.toString(),
  }
}

/** A Y.Doc behind a connection. */
export class Replica {
  readonly doc: YDoc
  readonly #kit: Kit
  readonly #name: string
  #socket: BenchSocket | undefined
  #synced: (() => void) | undefined
  readonly #awaited: 'empty' | 'with its text'
  #leaving = false

  static async open(
    kit: Kit,
    document: number,
    awaited: 'empty' | 'with its text',
  ): Promise<Replica> {
    const replica = new Replica(kit, `bench-${document}`, awaited)
    replica.#socket = new BenchSocket({
      port: kit.target.port,
      path: kit.server === 'hocuspocus' ? '/' : `/${replica.#name}`,
      onMessage: (_opcode, payload) => replica.#receive(payload),
    })
    await replica.#socket.opened
    const synced = new Promise<void>((resolve) => {
      replica.#synced = resolve
    })
    if (kit.server === 'hocuspocus') replica.#authenticate()
    replica.#sendSync((encoder) => kit.protocol.writeSyncStep1(encoder, replica.doc))
    await synced
    return replica
  }

  private constructor(kit: Kit, name: string, awaited: 'empty' | 'with its text') {
    this.#kit = kit
    this.#awaited = awaited
    this.#name = name
    this.doc = new kit.yjs.Doc()
    this.doc.on('update', (update, origin) => {
      if (origin === REMOTE) return
      this.#sendSync((encoder) => kit.protocol.writeUpdate(encoder, update))
    })
  }

  get socket(): BenchSocket {
    if (this.#socket === undefined) throw new Error('not connected')
    return this.#socket
  }

  insert(at: number, text: string): void {
    this.doc.getText(TEXT_NAME).insert(at, text)
  }

  /** Once another client is there: the server has then what this one made. */
  leaveSoon(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.socket.close()
  }

  #authenticate(): void {
    const { encoding } = this.#kit
    const encoder = this.#begin(AUTH)
    encoding.writeVarUint(encoder, TOKEN)
    encoding.writeVarString(encoder, 'bench')
    this.socket.send(encoding.toUint8Array(encoder))
  }

  #begin(kind: number): Encoder {
    const { encoding, server } = this.#kit
    const encoder = encoding.createEncoder()
    if (server === 'hocuspocus') encoding.writeVarString(encoder, this.#name)
    encoding.writeVarUint(encoder, kind)
    return encoder
  }

  #sendSync(write: (encoder: Encoder) => void): void {
    const encoder = this.#begin(SYNC)
    write(encoder)
    this.socket.send(this.#kit.encoding.toUint8Array(encoder))
  }

  #receive(payload: Buffer): void {
    const { encoding, decoding, protocol, server } = this.#kit
    // Copied: Yjs keeps parts of an update, and the socket's buffer is used again.
    const decoder = decoding.createDecoder(new Uint8Array(payload))
    if (server === 'hocuspocus') decoding.readVarString(decoder)
    const kind = decoding.readVarUint(decoder)
    if (kind !== SYNC && kind !== SYNC_REPLY) return
    const answer = this.#begin(server === 'hocuspocus' ? SYNC_REPLY : SYNC)
    const before = encoding.length(answer)
    const step = protocol.readSyncMessage(decoder, answer, this.doc, REMOTE)
    if (encoding.length(answer) > before) this.socket.send(encoding.toUint8Array(answer))
    // What the one before has just typed may come behind the answer.
    const hasText = this.doc.getText(TEXT_NAME).length > 0
    if (this.#awaited === 'empty' ? step === STEP_2 : hasText) this.#synced?.()
  }
}
