import { randomUUID } from 'node:crypto'

import { ChangeSet } from '@codemirror/state'

import type { AnswerOf } from '../../src/messages/define.ts'
import type { documentRequests, DocumentDisk } from '../../src/messages/documents.ts'
import type { ChannelId, Role } from '../../src/messages/ids.ts'
import { connect, disconnected, flush, localChange } from '../../src/sync/client-local.ts'
import { receiveAtClient } from '../../src/sync/client-receive.ts'
import { createClient, isSaved, pendingCount } from '../../src/sync/client.ts'
import { stringOf, textOf } from '../../src/sync/document-state.ts'
import type { Edit } from '../../src/sync/edit.ts'
import { TestClient } from './local-clients.ts'

/** What an editor talks to: the documents of a local hub, in this process or in another. */
export interface DocumentsPort {
  open(
    path: string,
    client: TestClient,
  ): Promise<AnswerOf<typeof documentRequests, 'open_document'>>
  receive(channel: ChannelId, client: TestClient, payload: Uint8Array): void
}

/** A page with one document open: the client half of src/sync on a channel of a local hub. */
export class DocumentEditor extends TestClient {
  readonly sync
  readonly path: string
  channel: ChannelId | undefined
  #told: DocumentDisk | undefined
  remarks: readonly string[] = []
  readonly problems: { kind: string; code?: string }[] = []
  readonly rescued: string[] = []
  /** Why it could not be opened again. */
  readonly refusals: string[] = []
  #port: DocumentsPort

  private constructor(
    port: DocumentsPort,
    path: string,
    options: { id: number; role: Role; sync?: ReturnType<typeof createClient> },
  ) {
    super(options.id, options.role)
    this.#port = port
    this.path = path
    this.sync = options.sync ?? createClient(`session-${randomUUID()}`)
  }

  /** The page of an editor whose connection is gone comes back as another client, with what it has. */
  static async takeOver(
    port: DocumentsPort,
    gone: DocumentEditor,
    options: { id: number },
  ): Promise<DocumentEditor> {
    const { path, role, sync } = gone
    const editor = new DocumentEditor(port, path, { ...options, role, sync })
    await editor.connect()
    return editor
  }

  static async open(
    port: DocumentsPort,
    path: string,
    options: { id: number; role?: Role },
  ): Promise<DocumentEditor> {
    const editor = new DocumentEditor(port, path, { role: 'editor', ...options })
    await editor.connect()
    return editor
  }

  /** Opens it (again, over another local hub), and waits until the document is there. */
  async connect(port: DocumentsPort = this.#port): Promise<void> {
    this.#port = port
    this.channel = undefined
    const opened = await port.open(this.path, this)
    this.channel = opened.channel
    this.#told = opened.disk
    this.remarks = opened.remarks
    for (const bytes of connect(this.sync)) port.receive(opened.channel, this, bytes)
    await this.until(() => this.sync.phase === 'live')
  }

  /** The connection is gone; what is typed stays here. */
  disconnect(): void {
    this.channel = undefined
    disconnected(this.sync)
  }

  /** As the page says: whether all is on the disk, the versions tell. */
  get disk(): DocumentDisk | undefined {
    const told = this.#told
    if (told?.state !== 'saved' && told?.state !== 'unsaved') return told
    return { ...told, state: isSaved(this.sync) ? 'saved' : 'unsaved' }
  }

  get text(): string {
    return this.textOf('')
  }

  textOf(part: string): string {
    return stringOf(this.sync.view, part)
  }

  get pending(): number {
    return pendingCount(this.sync)
  }

  /** Types at an offset, by default the end. */
  type(insert: string, options: { at?: number; part?: string } = {}): void {
    const part = options.part ?? ''
    const { length } = textOf(this.sync.view, part)
    const change = ChangeSet.of({ from: options.at ?? length, insert }, length, '\n')
    this.change([['t', part, change]])
  }

  change(edit: Edit): void {
    localChange(this.sync, edit, { undo: 'new' })
    if (this.channel === undefined) return
    for (const bytes of flush(this.sync)) this.#port.receive(this.channel, this, bytes)
  }

  acknowledged(): Promise<void> {
    return this.until(() => this.pending === 0)
  }

  override sendBinary(channel: ChannelId, payload: Uint8Array): void {
    if (channel !== this.channel) return
    const update = receiveAtClient(this.sync, payload.slice())
    if (update.problem) this.problems.push(update.problem)
    this.rescued.push(...update.rescued.map(({ text }) => text))
    for (const bytes of update.send) this.#port.receive(channel, this, bytes)
    if (update.problem && update.problem.kind !== 'refused')
      for (const bytes of connect(this.sync)) this.#port.receive(channel, this, bytes)
    // What was typed meanwhile.
    if (update.resumed || update.joined)
      for (const bytes of flush(this.sync)) this.#port.receive(channel, this, bytes)
    super.sendBinary(channel, payload)
  }

  override notify(event: string, body: unknown): void {
    if (event === 'document_changed') {
      const changed = body as { disk: DocumentDisk; remark?: string }
      this.#told = changed.disk
      if (changed.remark !== undefined) this.remarks = [...this.remarks, changed.remark]
    }
    if (event === 'document_closed') {
      const closed = body as { channel: ChannelId; again?: boolean }
      if (closed.again === true && closed.channel === this.channel) void this.#reopen()
    }
    super.notify(event, body)
  }

  /** As a page does. What keeps it from opening is the last refusal. */
  async #reopen(): Promise<void> {
    this.disconnect()
    try {
      await this.connect()
    } catch (error) {
      this.refusals.push(error instanceof Error ? error.message : String(error))
      super.notify('refused', {})
    }
  }
}
