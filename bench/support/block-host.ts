import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'

import { ChangeSet } from '@codemirror/state'

import { silentLogger } from '../../src/daemon/logging.ts'
import { createDocumentArea } from '../../src/local-hub/documents/document-area.ts'
import type { DocumentArea } from '../../src/local-hub/documents/document-area.ts'
import type { ChannelId } from '../../src/messages/ids.ts'
import { toText } from '../../src/sync/document-state.ts'
import type { Edit } from '../../src/sync/edit.ts'
import { toFragments } from '../../src/sync/fragments.ts'
import { encodeClientMessage } from '../../src/sync/wire-client.ts'
import { decodeOwnerMessage, encodeOwnerMessage } from '../../src/sync/wire-owner.ts'
import { DocumentEditor } from '../../test/support/document-editor.ts'
import type { DocumentsPort } from '../../test/support/document-editor.ts'
import { testBroadcast, TestChannels, TestClient } from '../../test/support/local-clients.ts'

/** A page that counts what it gets and looks at none of it: what pages do is measured elsewhere. */
export class Onlooker extends TestClient {
  channel: ChannelId | undefined
  messages = 0
  bytes = 0
  term = 0
  v = 0
  onResend: () => void = () => undefined
  onChunk: () => void = () => undefined

  override sendBinary(channel: ChannelId, payload: Uint8Array): void {
    this.messages++
    this.bytes += payload.length
    const small = payload.length < SMALL_BYTES ? decodeOwnerMessage(payload) : undefined
    if (small?.kind === 'joined') {
      this.term = small.term
      this.v = small.v
    }
    if (small?.kind === 'resend') this.onResend()
    if (payload[0] === SNAPSHOT_KIND) this.onChunk()
    super.sendBinary(channel, new Uint8Array(0))
    this.binary.length = 0
  }
}

export interface Blocks {
  /** The longest that the main thread did nothing else, in milliseconds. */
  readonly mainMs: number
  /** From typing a character into another document until another page has it, each. */
  readonly typingMs: readonly number[]
}

/** The documents of a local hub with its threads, its main thread this one, and somebody who types. */
export class BlockHost implements AsyncDisposable {
  readonly #area: DocumentArea
  readonly #dir: string
  readonly #port: DocumentsPort
  readonly #channels = new TestChannels()
  #clients = 0

  constructor(dir: string, workerFile: string) {
    this.#dir = dir
    this.#area = createDocumentArea({
      projectDir: dir,
      workerUrl: pathToFileURL(workerFile),
      channels: this.#channels,
      broadcast: testBroadcast,
      logger: silentLogger(),
      onUsed: () => undefined,
    })
    this.#port = {
      open: async (path, client) => this.#area.handlers.open_document({ path }, client),
      receive: (channel, client, payload) => this.#channels.receive(channel, client, payload),
    }
  }

  editor(path: string): Promise<DocumentEditor> {
    return DocumentEditor.open(this.#port, path, { id: ++this.#clients })
  }

  async open(path: string): Promise<Onlooker> {
    const client = new Onlooker(++this.#clients)
    client.channel = (await this.#port.open(path, client)).channel
    return client
  }

  /** Joins, and resolves when the document is there. */
  async join(client: Onlooker, bytes: number): Promise<void> {
    let chunks = 0
    client.onChunk = () =>
      this.#send(client, encodeClientMessage({ kind: 'more', gen: 1, chunks: ++chunks }))
    this.#send(client, encodeClientMessage({ kind: 'join', sid: sidOf(client), gen: 1 }))
    await client.until(() => client.bytes >= bytes, DEADLINE_MS)
    this.resumeWith(client, [])
  }

  /** What the client says when the document was moved to another thread. */
  resumeWith(client: Onlooker, edits: readonly Edit[]): void {
    const { term, v } = client
    const base = { sid: sidOf(client), gen: 2, snapshot: false, term, m: v, n: 0 }
    const messages = toFragments(encodeClientMessage({ kind: 'resume', ...base, edits }))
    client.onResend = () => {
      client.onResend = () => undefined
      for (const message of messages) this.#send(client, message)
    }
  }

  /** The messages of the client's first edit, which inserts a text into an empty document. */
  pasteOf(client: Onlooker, text: string): readonly Uint8Array[] {
    const edit: Edit = [['t', '', ChangeSet.of({ from: 0, insert: toText(text) }, 0)]]
    this.resumeWith(client, [edit])
    return toFragments(encodeClientMessage({ kind: 'edit', gen: 1, n: 1, step: 0, edit }))
  }

  async send(client: Onlooker, messages: readonly Uint8Array[]): Promise<void> {
    for (const message of messages) {
      this.#send(client, message)
      await new Promise(setImmediate)
    }
  }

  write(path: string, text: string | Uint8Array): Promise<void> {
    return writeFile(join(this.#dir, path), text)
  }

  /** What the main thread and the ones who type into a document notice while something is done. */
  async during(
    typist: DocumentEditor,
    reader: DocumentEditor,
    work: () => Promise<void>,
  ): Promise<Blocks> {
    const going = { on: true }
    const typingMs: number[] = []
    const typing = (async () => {
      while (going.on || typingMs.length < TYPED_MIN) {
        const start = performance.now()
        const { length } = reader.text
        typist.type('x')
        await reader.until(() => reader.text.length > length, DEADLINE_MS)
        typingMs.push(performance.now() - start)
        await new Promise((resolve) => setTimeout(resolve, TYPING_MS))
      }
    })()
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await work()
    delay.disable()
    going.on = false
    await typing
    return { mainMs: delay.max / 1e6, typingMs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#area[Symbol.asyncDispose]()
  }

  #send(client: Onlooker, message: Uint8Array): void {
    if (client.channel === undefined) throw new Error('not open')
    this.#port.receive(client.channel, client, message)
  }
}

export const DEADLINE_MS = 120_000
/** Messages that are looked at: those of the protocol, not of the text. */
const SMALL_BYTES = 200
const SNAPSHOT_KIND = encodeOwnerMessage({
  kind: 'snapshot',
  v: 0,
  index: 0,
  bytes: new Uint8Array(0),
})[0]
const TYPING_MS = 10
const TYPED_MIN = 20

function sidOf(client: Onlooker): string {
  return `onlooker-${client.id}`
}
