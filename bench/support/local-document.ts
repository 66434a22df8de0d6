import { randomBytes } from 'node:crypto'
import { existsSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { DocumentHost } from '../../src/local-hub/documents/document-host.ts'
import type { FromWorker, WorkerRequest } from '../../src/local-hub/documents/worker-protocol.ts'
import { createClient, pendingCount } from '../../src/sync/client.ts'
import { connect, flush, localChange } from '../../src/sync/client-local.ts'
import { receiveAtClient } from '../../src/sync/client-receive.ts'
import type { Edit } from '../../src/sync/edit.ts'

const DOC = 1
const CLIENT = 1

type Unnumbered = WorkerRequest extends infer R
  ? R extends unknown
    ? Omit<R, 'request'>
    : never
  : never

/**
 * What a worker of a local hub does with one document, its journal and its file, and one page that has it open: in one
 * thread, without sockets between.
 */
export class LocalDocument {
  readonly client = createClient(randomBytes(16).toString('hex'))
  bytesUp = 0
  readonly #host = new DocumentHost((message) => this.#receive(message))
  readonly #answers = new Map<number, { done: () => void; failed: (error: Error) => void }>()
  readonly #onSegmentClosed: () => void
  #requests = 0

  private constructor(onSegmentClosed: () => void) {
    this.#onSegmentClosed = onSegmentClosed
  }

  /** An empty text where there is none. Its journal is in the folder `history`. */
  static async open(
    folder: string,
    { onSegmentClosed = () => undefined }: { readonly onSegmentClosed?: () => void } = {},
  ): Promise<LocalDocument> {
    const document = new LocalDocument(onSegmentClosed)
    const absolute = join(realpathSync(folder), 'paper.tex')
    if (!existsSync(absolute)) writeFileSync(absolute, '')
    const place = { path: 'paper.tex', absolute, historyFolder: join(folder, 'history') }
    await document.#request({ kind: 'open', doc: DOC, place, durability: 'process' })
    return document
  }

  async join(): Promise<void> {
    this.#send(connect(this.client))
    while (this.client.phase !== 'live') await this.turn()
  }

  type(edit: Edit): void {
    localChange(this.client, edit, { undo: 'join' })
    this.#send(flush(this.client))
  }

  /** The owner's turn ends, and what it sends is taken. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve)
    })
  }

  async acknowledged(): Promise<void> {
    while (pendingCount(this.client) > 0) await this.turn()
  }

  close(): Promise<void> {
    return this.#request({ kind: 'close', doc: DOC })
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const payload of messages) {
      this.bytesUp += payload.length
      this.#host.receive({
        kind: 'receive',
        doc: DOC,
        client: CLIENT,
        accountId: 'ada',
        name: 'Ada Lovelace',
        mayEdit: true,
        payload,
      })
    }
  }

  #request(request: Unnumbered): Promise<void> {
    const number = ++this.#requests
    return new Promise((done, failed) => {
      this.#answers.set(number, { done, failed })
      this.#host.receive({ ...request, request: number })
    })
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'send') {
      const update = receiveAtClient(this.client, message.payload)
      if (update.problem) throw new Error(JSON.stringify(update.problem))
      this.#send(update.send)
    } else if (message.kind === 'segment_closed') this.#onSegmentClosed()
    else if (message.kind === 'answer') this.#answers.get(message.request)?.done()
    else if (message.kind === 'failed')
      this.#answers.get(message.request)?.failed(new Error(message.message))
    else if (message.kind === 'log' && message.level !== 'info')
      process.stderr.write(`${message.message} ${JSON.stringify(message.fields)}\n`)
  }
}
