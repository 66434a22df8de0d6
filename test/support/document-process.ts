import { type ChildProcess, fork } from 'node:child_process'

import type { ChannelId } from '../../src/messages/ids.ts'
import { CodedError } from '../../src/util/coded-error.ts'
import { bundledWorker } from './bundled-worker.ts'
import type { DocumentsPort } from './document-editor.ts'
import type { FromDocumentProcess, ToDocumentProcess } from './document-process-messages.ts'
import type { TestClient } from './local-clients.ts'
import { syncWorker } from './test-documents.ts'

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** The documents of a project in a process of their own, which a test can kill at any moment. */
export class DocumentProcess implements DocumentsPort, AsyncDisposable {
  readonly #child: ChildProcess
  readonly #clients = new Map<number, TestClient>()
  readonly #waiting = new Map<number, Waiting>()
  #requests = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', (message: FromDocumentProcess) => this.#receive(message))
  }

  static async start(
    projectDir: string,
    options: { readonly uid?: number } = {},
  ): Promise<DocumentProcess> {
    const program = await bundledWorker('test/support/document-process-main.ts')
    const child = fork(program, [projectDir, await syncWorker()], {
      serialization: 'advanced',
      execArgv: [],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
    return new DocumentProcess(child)
  }

  open(path: string, client: TestClient): ReturnType<DocumentsPort['open']> {
    this.#clients.set(client.id, client)
    const request = ++this.#requests
    const { id, role } = client
    this.#send({ kind: 'open', request, client: id, role, path })
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject })
    })
  }

  save(client: TestClient, channel: ChannelId): Promise<void> {
    return this.#ask('save', client, channel)
  }

  /** As a page that comes to the front. */
  compare(client: TestClient, channel: ChannelId): Promise<void> {
    return this.#ask('compare', client, channel)
  }

  receive(channel: ChannelId, client: TestClient, payload: Uint8Array): void {
    this.#send({ kind: 'receive', channel, client: client.id, payload })
  }

  /** As `kill -9` does. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await exited
    for (const client of this.#clients.values()) client.notify('gone', {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  #ask(kind: 'save' | 'compare', client: TestClient, channel: ChannelId): Promise<void> {
    const request = ++this.#requests
    this.#send({ kind, request, client: client.id, channel })
    return new Promise((resolve, reject) => {
      this.#waiting.set(request, { resolve, reject })
    })
  }

  #send(message: ToDocumentProcess): void {
    // What is sent to one that is dying is lost, as on a socket.
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  #receive(message: FromDocumentProcess): void {
    if (message.kind === 'binary') {
      this.#clients.get(message.client)?.sendBinary(message.channel, message.payload)
    } else if (message.kind === 'notice') {
      this.#clients.get(message.client)?.notify(message.event, message.body)
    } else {
      const waiting = this.#waiting.get(message.request)
      this.#waiting.delete(message.request)
      if (message.kind === 'answer') waiting?.resolve(message.value as never)
      else waiting?.reject(new CodedError(message.code, message.message))
    }
  }
}
