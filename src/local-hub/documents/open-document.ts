import type { DocumentDisk, DocumentKind } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { ChannelId } from '../../messages/ids.ts'
import type { WorksheetSession } from '../../messages/worksheets.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { Broadcast, ChannelOwner, LocalClient } from '../client.ts'
import type { WorksheetRunning } from '../worksheets/worksheet-sessions.ts'
import { isNews } from './disk-notices.ts'
import type { WatchedNotice } from './program-protocol.ts'
import type { MovedClients, WorkerPool } from './worker-pool.ts'
import type { ClientNumber, DocumentNumber, DocumentPlace, FromWorker } from './worker-protocol.ts'

/** A program inside the project that uses a document, for a request or to watch it. */
export interface ProgramUser {
  readonly watched?: (changes: WatchedNotice['changes']) => void
  /** Its document is no longer open here. */
  readonly closed?: () => void
}

interface Member {
  readonly client: LocalClient
  readonly number: ClientNumber
  /** Stops listening to whether it is behind. */
  readonly stop: () => void
}

export interface OpenDocumentOptions {
  readonly number: DocumentNumber
  readonly place: DocumentPlace
  readonly worker: WorkerPool
  readonly broadcast: Broadcast
  /** Nobody has it open any more, or a run has ended meanwhile. */
  readonly onUnused: () => void
}

/** An open document as the main thread sees it: who has it open, on which channel, and where it stands. */
export class OpenDocument implements ChannelOwner {
  readonly number: DocumentNumber
  readonly #worker: WorkerPool
  readonly #broadcast: Broadcast
  readonly #onUnused: () => void
  readonly #members = new Map<LocalClient, Member>()
  readonly #byNumber = new Map<ClientNumber, Member>()
  readonly #programs = new Set<ProgramUser>()
  place: DocumentPlace
  channel: ChannelId | undefined
  kind: DocumentKind = 'text'
  disk: DocumentDisk = { state: 'saved', sinceMs: 0, readOnly: false }
  remarks: readonly string[] = []
  running: WorksheetRunning | undefined
  #clients = 0

  constructor(options: OpenDocumentOptions) {
    this.number = options.number
    this.place = options.place
    this.#worker = options.worker
    this.#broadcast = options.broadcast
    this.#onUnused = options.onUnused
  }

  /** Nobody has it open, no program uses it, and no cell of it runs. */
  get unused(): boolean {
    return this.#members.size === 0 && this.#programs.size === 0 && this.running?.busy !== true
  }

  has(client: LocalClient): boolean {
    return this.#members.has(client)
  }

  clientOf(number: ClientNumber): LocalClient | undefined {
    return this.#byNumber.get(number)?.client
  }

  join(client: LocalClient): void {
    if (this.#members.has(client) || client.left.aborted) return
    const number = ++this.#clients
    const tell = (behind: boolean): void =>
      this.#worker.notice({ kind: 'behind', doc: this.number, client: number, behind })
    const member: Member = { client, number, stop: client.onBehind(tell) }
    this.#members.set(client, member)
    this.#byNumber.set(member.number, member)
    client.left.addEventListener('abort', () => this.leave(client), { once: true })
    if (client.behind) tell(true)
  }

  leave(client: LocalClient): void {
    const member = this.#members.get(client)
    if (member === undefined) return
    member.stop()
    this.#members.delete(client)
    this.#byNumber.delete(member.number)
    this.#worker.notice({ kind: 'left', doc: this.number, client: member.number })
    if (this.unused) this.#onUnused()
  }

  usedBy(user: ProgramUser): void {
    this.#programs.add(user)
  }

  released(user: ProgramUser): void {
    if (this.#programs.delete(user) && this.unused) this.#onUnused()
  }

  get isWatched(): boolean {
    return [...this.#programs].some((user) => user.watched !== undefined)
  }

  watched({ changes }: WatchedNotice): void {
    for (const user of this.#programs) user.watched?.(changes)
  }

  /** The client has to open the document anew. */
  dismiss(number: ClientNumber, reason: string): void {
    const client = this.clientOf(number)
    if (client === undefined) return
    if (this.channel !== undefined) {
      client.notify('document_closed', { channel: this.channel, reason })
    }
    this.leave(client)
  }

  receive(client: LocalClient, payload: Uint8Array): void {
    const member = this.#members.get(client)
    if (member === undefined) {
      throw new CodedError<ErrorCode>('closed', 'this client has not opened the document')
    }
    this.#worker.notice({
      kind: 'receive',
      doc: this.number,
      client: member.number,
      accountId: client.accountId,
      name: client.name,
      mayEdit: client.role !== 'viewer',
      payload,
    })
  }

  send({ clients, payload }: Extract<FromWorker, { kind: 'send' }>): void {
    const channel = this.channel
    if (channel === undefined) return
    const members = clients.flatMap((number) => this.#byNumber.get(number) ?? [])
    const [only] = members
    if (only === undefined) return
    if (members.length === 1) only.client.sendBinary(channel, payload)
    else {
      const all = members.map((member) => member.client)
      this.#broadcast.sendBinary(all, channel, payload)
    }
  }

  diskChanged(disk: DocumentDisk, remark?: string): void {
    const isTold = remark !== undefined || isNews(this.disk, disk)
    this.disk = disk
    if (remark !== undefined && !this.remarks.includes(remark)) {
      this.remarks = [...this.remarks, remark]
    }
    if (isTold) this.tellPlace(remark)
  }

  /** Where it is in the project, and how it stands with its file. */
  tellPlace(remark?: string): void {
    const channel = this.channel
    if (channel === undefined) return
    this.#broadcast.notify(this.#members.keys(), 'document_changed', {
      channel,
      path: this.place.path,
      disk: this.disk,
      ...(remark === undefined ? {} : { remark }),
    })
  }

  sessionChanged(session: WorksheetSession): void {
    const channel = this.channel
    if (channel === undefined) return
    this.#broadcast.notify(this.#members.keys(), 'worksheet_session_changed', { channel, session })
  }

  /** For a thread that takes it over. */
  get membersForMove(): MovedClients {
    return [...this.#members.values()].map(({ client, number }) => ({
      client: number,
      behind: client.behind,
    }))
  }

  /** Nothing comes on the channel any more. `again`: the clients are to open it again by themselves. */
  closed(reason: string, options: { readonly again?: boolean } = {}): void {
    const channel = this.channel
    if (channel !== undefined) {
      const body = { channel, reason, ...(options.again ? { again: true } : {}) }
      this.#broadcast.notify(this.#members.keys(), 'document_closed', body)
    }
    for (const member of this.#members.values()) member.stop()
    const programs = [...this.#programs]
    this.#programs.clear()
    for (const user of programs) user.closed?.()
    this.#members.clear()
    this.#byNumber.clear()
  }
}
