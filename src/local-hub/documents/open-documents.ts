import { stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

import type { DocumentDurability } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { Change } from '../../sync/change.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { LocalClient } from '../client.ts'
import { atPath } from '../files/file-error.ts'
import { resolveTarget } from '../files/project-path.ts'
import { CrashBook } from './crash-book.ts'
import { DocumentWatches } from './document-watches.ts'
import type { OpenDocumentsOptions } from './documents-options.ts'
import { EditUses } from './edit-uses.ts'
import { historyFolder, moveHistories } from './history-move.ts'
import { OpenDocument, type ProgramUser } from './open-document.ts'
import type { DocumentPlace } from './worker-protocol.ts'
import { type DocumentMessage, WorkerPool } from './worker-pool.ts'
import { UnusedTimers } from './unused-timers.ts'
import { worksheetDocument } from './worksheet-document.ts'

/** A document is kept open this long after its last client left: people reload pages. In milliseconds. */
const UNUSED_MS = 30_000

/** Documents open at once in one project; each holds a text and its history. */
const DOCUMENTS_MAX = 500

/** Documents that one client may have open: a page shows some, a worksheet's tab each. */
const CLIENT_DOCUMENTS_MAX = 100

/** The documents that are open in this project; one for each file, by whichever path it was opened. */
export class OpenDocuments implements AsyncDisposable {
  /** The threads that own the documents. */
  readonly pool: WorkerPool
  readonly #options: OpenDocumentsOptions
  readonly #watches: DocumentWatches
  readonly #byPlace = new Map<string, Promise<OpenDocument>>()
  readonly #byNumber = new Map<number, OpenDocument>()
  readonly #closings = new Map<OpenDocument, Promise<void>>()
  readonly #timers: UnusedTimers
  readonly #uses = new EditUses()
  readonly #crashes = new CrashBook()
  #numbers = 0
  #closed = false

  constructor(options: OpenDocumentsOptions) {
    this.#options = options
    this.#watches = new DocumentWatches({
      logger: options.logger,
      documents: () => this.#byNumber.values(),
      onChange: (document, absolute) => void this.#onDisk(document, absolute),
    })
    this.#timers = new UnusedTimers(options.unusedMs ?? UNUSED_MS, (document) =>
      this.#closeUnused(document),
    )
    this.pool = new WorkerPool({
      workerUrl: options.workerUrl,
      logger: options.logger,
      onMessage: (message) => this.#fromWorker(message),
      onLost: (numbers) => this.#lost(numbers),
      clientsOf: (number) => this.#byNumber.get(number)?.membersForMove ?? [],
      ...(options.limits ? { limits: options.limits } : {}),
      ...(options.onMetrics ? { onMetrics: options.onMetrics } : {}),
    })
  }

  get durability(): DocumentDurability {
    return this.#options.durability ?? 'process'
  }

  /** Opens it for a program inside the project, until it is `released`. @throws CodedError as `open` */
  async openFor(path: string, user: ProgramUser): Promise<OpenDocument> {
    const absolute = await this.#resolve(path)
    const opening = this.#byPlace.get(absolute) ?? this.#begin(absolute)
    const document = await opening
    if (this.#byPlace.get(document.place.absolute) !== opening) return this.openFor(path, user)
    document.usedBy(user)
    this.#timers.stop(document)
    return document
  }

  /** @throws CodedError as open_document is documented */
  async open(path: string, client: LocalClient): Promise<OpenDocument> {
    const absolute = await this.#resolve(path)
    this.#checkCount(client)
    const opening = this.#byPlace.get(absolute) ?? this.#begin(absolute)
    const document = await opening
    // It may have been closed while this waited for it.
    if (this.#byPlace.get(document.place.absolute) !== opening) return this.open(path, client)
    document.join(client)
    this.#timers.stop(document)
    // The client may have left while this was opened.
    if (document.unused) this.#timers.start(document)
    this.#options.onUsed(client, document.place.path, 'open')
    return document
  }

  /** @throws CodedError `closed` where the channel is no document that this client has open */
  of(channel: number, client: LocalClient): OpenDocument {
    for (const document of this.#byNumber.values()) {
      if (document.channel === channel && document.has(client)) return document
    }
    throw new CodedError<ErrorCode>('closed', 'this document is not open')
  }

  leave(document: OpenDocument, client: LocalClient): void {
    document.leave(client)
  }

  /** Compares it with its file now, whether or not changes of the file are told. */
  compare(document: OpenDocument): void {
    this.#watches.retry(document)
    this.pool.notice({ kind: 'disk_changed', doc: document.number })
  }

  /** Where the document of a path and its journal are, whether it is open or not. @throws CodedError as `open` */
  async placeOf(path: string): Promise<DocumentPlace> {
    return this.#place(relative(this.#options.projectDir, await this.#resolve(path)))
  }

  /** Opens a document for the time of some work. @throws CodedError as `open` */
  async whileOpen<T>(
    path: string,
    client: LocalClient,
    work: (document: OpenDocument) => Promise<T>,
  ): Promise<T> {
    const before = new Set([...this.#byNumber.values()].filter((each) => each.has(client)))
    const document = await this.open(path, client)
    try {
      return await work(document)
    } finally {
      if (!before.has(document)) document.leave(client)
    }
  }

  /** A change that a person asked for, made on version `on`. Its version, once it is kept. */
  commitFor(
    document: OpenDocument,
    { accountId, name }: LocalClient,
    { on, change }: { readonly on: number; readonly change: Change },
  ): Promise<number> {
    return this.pool.request('commit_for', document.number, { accountId, name, on, change })
  }

  save(document: OpenDocument): Promise<null> {
    return this.pool.request('save', document.number, {})
  }

  /** A file or folder was moved in Salvus: what is open under it stays open, under its new path. */
  async moved(from: string, to: string): Promise<void> {
    const moving = [...this.#byNumber.values()].filter(
      ({ place: { path } }) => path === from || path.startsWith(`${from}/`),
    )
    for (const document of moving) {
      await this.#settled(document)
      if (this.#byNumber.get(document.number) !== document) continue
      await this.#moveTo(document, this.#place(to + document.place.path.slice(from.length)))
    }
    const { projectDir } = this.#options
    const isOpen = (path: string): boolean => this.#byPlace.has(join(projectDir, path))
    await moveHistories({ projectDir, from, to, isOpen })
  }

  /** Saves all, and closes all. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#watches.close()
    const all = [...this.#byNumber.values()]
    await Promise.allSettled(all.map((document) => this.#close(document, 'the project stops')))
    await this.pool[Symbol.asyncDispose]()
  }

  async #resolve(path: string): Promise<string> {
    if (this.#closed) throw new CodedError<ErrorCode>('closed', 'the project stops')
    const { absolute } = await resolveTarget(this.#options.projectDir, path)
    const stats = await atPath(path, () => stat(absolute))
    if (!stats.isFile()) throw new CodedError<ErrorCode>('not_a_file', `"${path}" is not a file`)
    if (this.#byPlace.has(absolute) || stats.nlink < 2) return absolute
    // A second name of a file that is open already: the same document.
    for (const { place } of this.#byNumber.values()) {
      const other = await stat(place.absolute).catch(() => undefined)
      if (other?.ino === stats.ino && other.dev === stats.dev) return place.absolute
    }
    return absolute
  }

  #checkCount(client: LocalClient): void {
    let count = 0
    for (const document of this.#byNumber.values()) if (document.has(client)) count++
    if (count < CLIENT_DOCUMENTS_MAX) return
    const message = `${CLIENT_DOCUMENTS_MAX} documents are open in this page`
    throw new CodedError<ErrorCode>('too_many_requests', message)
  }

  #begin(absolute: string): Promise<OpenDocument> {
    if (this.#byNumber.size >= DOCUMENTS_MAX) {
      const message = `${DOCUMENTS_MAX} documents are open in this project`
      throw new CodedError<ErrorCode>('too_many_requests', message)
    }
    const opening = this.#openInWorker(absolute)
    this.#byPlace.set(absolute, opening)
    opening.catch(() => {
      if (this.#byPlace.get(absolute) === opening) this.#byPlace.delete(absolute)
    })
    return opening
  }

  async #openInWorker(absolute: string): Promise<OpenDocument> {
    const place = this.#place(relative(this.#options.projectDir, absolute))
    this.#crashes.check(place)
    const document = new OpenDocument({
      number: ++this.#numbers,
      place,
      worker: this.pool,
      broadcast: this.#options.broadcast,
      onUnused: () => this.#timers.start(document),
    })
    this.#byNumber.set(document.number, document)
    // Watched first: what happens while it is read is told.
    this.#watches.watch(document)
    try {
      const ask = { place, durability: this.durability }
      const opened = await this.pool.open(document.number, ask, {
        sizeBytes: await sizeOf(absolute),
        suspect: this.#crashes.isSuspect(absolute),
      })
      document.kind = opened.kind
      document.disk = opened.disk
      document.remarks = [...opened.remarks, ...this.#watches.remarks(document)]
    } catch (error) {
      this.#forget(document)
      throw worded(place.path, error)
    }
    document.channel = this.#options.channels.open(document)
    this.#options.onJournal?.(place)
    if (document.kind === 'worksheet') this.#startRunner(document)
    return document
  }

  #startRunner(document: OpenDocument): void {
    const worksheet = worksheetDocument(this.pool, document)
    document.running = this.#options.openRunner?.(worksheet, (session) => {
      document.sessionChanged(session)
      if (document.unused) this.#timers.start(document)
    })
  }

  #place(path: string): DocumentPlace {
    const { projectDir } = this.#options
    return {
      path,
      absolute: join(projectDir, path),
      historyFolder: historyFolder(projectDir, path),
    }
  }

  /** It is open in its thread, or forgotten. */
  async #settled(document: OpenDocument): Promise<void> {
    const opening = this.#byPlace.get(document.place.absolute)
    await Promise.allSettled([this.#closings.get(document) ?? opening])
  }

  async #moveTo(document: OpenDocument, place: DocumentPlace): Promise<void> {
    const opening = this.#byPlace.get(document.place.absolute)
    const replaced = await this.#byPlace.get(place.absolute)?.catch(() => undefined)
    if (replaced) await this.#abandon(replaced, 'another file was moved here')
    this.#byPlace.delete(document.place.absolute)
    if (opening) this.#byPlace.set(place.absolute, opening)
    document.place = place
    this.#watches.watch(document)
    await this.pool.request('move', document.number, { place })
    document.tellPlace()
  }

  /** A file that has become large is looked at by a thread that has nothing else to do. */
  async #onDisk(document: OpenDocument, absolute: string): Promise<void> {
    this.pool.sized(document.number, await sizeOf(absolute))
    this.pool.notice({ kind: 'disk_changed', doc: document.number })
  }

  #closeUnused(document: OpenDocument): void {
    // What runs tells when it has ended.
    if (!document.unused) return
    this.#close(document, 'nobody has it open').catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'document could not be closed'),
    )
  }

  #close(document: OpenDocument, reason: string): Promise<void> {
    const closing = this.#closeInWorker(document, reason)
    this.#closings.set(document, closing)
    return closing
  }

  /** Who opens it meanwhile waits, and opens it anew. */
  async #closeInWorker(document: OpenDocument, reason: string): Promise<void> {
    const { absolute } = document.place
    const closing = this.pool
      .request('close', document.number, {})
      .catch((error: unknown) =>
        this.#options.logger.error({ err: error, path: document.place.path }, 'closed unsaved'),
      )
      .then(() => document)
    this.#byPlace.set(absolute, closing)
    await document.running?.[Symbol.asyncDispose]()
    await closing
    document.closed(reason)
    this.#forget(document)
    if (!this.#closed) this.#options.onJournal?.(document.place)
  }

  /** Its file was replaced: what is there is not to be merged into it, nor to be overwritten by it. */
  async #abandon(document: OpenDocument, reason: string): Promise<void> {
    await this.pool.request('abandon', document.number, {})
    await document.running?.[Symbol.asyncDispose]()
    document.closed(reason)
    this.#forget(document)
  }

  #forget(document: OpenDocument): void {
    this.#timers.stop(document)
    this.#watches.unwatch(document)
    this.#byNumber.delete(document.number)
    this.#closings.delete(document)
    this.#byPlace.delete(document.place.absolute)
    if (document.channel !== undefined) this.#options.channels.close(document.channel)
  }

  /** The clients open their documents again, from the journals. */
  #lost(numbers: readonly number[]): void {
    for (const number of numbers) {
      const document = this.#byNumber.get(number)
      if (document === undefined) continue
      this.#crashes.crashed(document.place.absolute)
      this.#end(document, 'the document is being reopened')
    }
  }

  #end(document: OpenDocument, reason: string): void {
    void document.running?.[Symbol.asyncDispose]()
    document.closed(reason, { again: true })
    this.#forget(document)
  }

  #fromWorker(message: DocumentMessage): void {
    const document = this.#byNumber.get(message.doc)
    if (document === undefined) return
    switch (message.kind) {
      case 'send':
        return document.send(message)
      case 'disk':
        return document.diskChanged(message.disk, message.remark)
      case 'watched':
        return document.watched(message)
      case 'segment_closed':
        return this.#options.onJournal?.(document.place)
      case 'edited':
        return this.#edited(document, message.client)
      case 'bad_client':
        return document.dismiss(message.client, message.reason)
      case 'broken':
        this.#crashes.crashed(document.place.absolute)
        this.pool.gone(message.doc)
        return this.#end(document, message.reason)
    }
  }

  #edited(document: OpenDocument, number: number): void {
    const client = document.clientOf(number)
    if (client === undefined || !this.#uses.isTold(client, document.number)) return
    this.#options.onUsed(client, document.place.path, 'edit')
  }
}

/** 0 where it can't be told: what opens it says why. */
async function sizeOf(absolute: string): Promise<number> {
  const stats = await stat(absolute).catch(() => undefined)
  return stats?.size ?? 0
}

function worded(path: string, error: unknown): unknown {
  if (!(error instanceof CodedError)) return error
  return new CodedError(error.code, `"${path}": ${error.message}`, { cause: error })
}
