import { createHash } from 'node:crypto'
import { join } from 'node:path'

import { DocumentHost } from '../../src/local-hub/documents/document-host.ts'
import type {
  DocumentNumber,
  FromWorker,
  OpenedDocument,
  WorkerRequest,
} from '../../src/local-hub/documents/worker-protocol.ts'
import type { DocumentDurability } from '../../src/messages/documents.ts'
import { type ChannelId, channelId } from '../../src/messages/ids.ts'
import { CodedError } from '../../src/util/coded-error.ts'
import type { DocumentsPort } from './document-editor.ts'
import type { TestClient } from './local-clients.ts'

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Ask = WorkerRequest extends infer R ? (R extends unknown ? Omit<R, 'request'> : never) : never

/** The documents of a worker in this thread, where a test can make the disk fail. */
export class HostedDocuments implements DocumentsPort, AsyncDisposable {
  readonly logged: string[] = []
  readonly #projectDir: string
  readonly #durability: DocumentDurability
  readonly #host = new DocumentHost((message) => this.#receive(message))
  readonly #waiting = new Map<number, Waiting>()
  readonly #docs = new Map<string, DocumentNumber>()
  readonly #clients = new Map<DocumentNumber, Map<number, TestClient>>()
  #requests = 0

  constructor(projectDir: string, durability: DocumentDurability = 'process') {
    this.#projectDir = projectDir
    this.#durability = durability
  }

  async open(path: string, client: TestClient): ReturnType<DocumentsPort['open']> {
    const doc = this.#docs.get(path) ?? this.#docs.size + 1
    const clients = this.#clients.get(doc) ?? new Map<number, TestClient>()
    this.#clients.set(doc, clients.set(client.id, client))
    const known = this.#docs.has(path)
    this.#docs.set(path, doc)
    const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
    const historyFolder = join(this.#projectDir, '.salvus', 'history', name)
    const place = { path, absolute: join(this.#projectDir, path), historyFolder }
    const durability = this.#durability
    // The host answers an `open` with this.
    const opened = known
      ? { kind: 'text' as const, disk: { state: 'saved' as const, sinceMs: 0, readOnly: false } }
      : ((await this.#ask({ kind: 'open', doc, place, durability })) as OpenedDocument)
    return { channel: channelId.parse(doc), path, durability, remarks: [], ...opened } as Awaited<
      ReturnType<DocumentsPort['open']>
    >
  }

  /** As the watch of the folder tells it. */
  changedOnDisk(path: string): void {
    this.#host.receive({ kind: 'disk_changed', doc: this.#docs.get(path) ?? 0 })
  }

  async save(path: string): Promise<void> {
    await this.#ask({ kind: 'save', doc: this.#docs.get(path) ?? 0 })
  }

  receive(channel: ChannelId, client: TestClient, payload: Uint8Array): void {
    const { id, accountId, name } = client
    this.#host.receive({
      kind: 'receive',
      doc: channel,
      client: id,
      accountId,
      name,
      mayEdit: client.role !== 'viewer',
      payload: payload.slice(),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const doc of this.#docs.values()) await this.#ask({ kind: 'close', doc })
  }

  #ask(ask: Ask): Promise<unknown> {
    const request = ++this.#requests
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject })
      this.#host.receive({ ...ask, request })
    })
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'answer') this.#waiting.get(message.request)?.resolve(message.value)
    if (message.kind === 'failed') {
      this.#waiting.get(message.request)?.reject(new CodedError(message.code, message.message))
    }
    if (message.kind === 'log') this.logged.push(JSON.stringify(message))
    if (message.kind === 'send') {
      for (const client of message.clients) {
        this.#clients
          .get(message.doc)
          ?.get(client)
          ?.sendBinary(channelId.parse(message.doc), message.payload)
      }
    }
    if (message.kind === 'disk') {
      for (const client of this.#clients.get(message.doc)?.values() ?? []) {
        const { disk, remark } = message
        client.notify('document_changed', { disk, ...(remark === undefined ? {} : { remark }) })
      }
    }
  }
}
