import { cellPart, CELLS_PART } from '../../documents/worksheet-cell.ts'
import type { DocumentDisk } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { CellId, Change } from '../../sync/change.ts'
import { commitAs } from '../../sync/commit.ts'
import { cellsOf, fieldOf, streamOf, stringOf } from '../../sync/document-state.ts'
import { toEdit } from '../../sync/edit.ts'
import type { Author } from '../../sync/messages.ts'
import { historyMessages, markSaved, takeTurn } from '../../sync/outbox.ts'
import type { Owner, Send } from '../../sync/owner.ts'
import { detach, receiveAtOwner } from '../../sync/receive.ts'
import { encodeOwnerMessage } from '../../sync/wire-owner.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import type { CellRunState } from '../worksheets/worksheet-document.ts'
import { saveFailure } from './disk-file.ts'
import { DiskLink, readOnlyReason, savedRecord } from './disk-link.ts'
import { DELETED_MESSAGE, diskProblem } from './disk-problem.ts'
import type { AnyRecord, DocumentJournal } from './document-journal.ts'
import type { JournalFolder } from './journal-folder.ts'
import { openSession, type OpenedSession } from './open-session.ts'
import { SaveTimer } from './save-timer.ts'
import type {
  ClientNumber,
  DocumentNumber,
  DocumentPlace,
  FromWorker,
  OpenedDocument,
  WorkerNotice,
} from './worker-protocol.ts'

/** Who writes what cells put out; a client's session can't have the name, because it has no account. */
const RUNNER: Author = { sid: 'runner', accountId: '', name: 'output' }

/** Between tries to write what could not be written, in milliseconds: space comes back without an event. */
const RETRY_MS = 2_000

/** Messages that are not sent to a client that is behind: what it misses comes when it has caught up. */
const DROPPED_KINDS = new Set([
  encodeOwnerMessage({ kind: 'items', v: 1, items: [] })[0],
  encodeOwnerMessage({ kind: 'presence', by: 0, data: null })[0],
])

export interface DocumentSessionOptions {
  readonly doc: DocumentNumber
  readonly place: DocumentPlace
  readonly post: (message: FromWorker) => void
}

/**
 * The owner of one document with its journal and its file.
 *
 *     messages, runs, disk ──> owner ──turn──> journal ──written──> clients
 *                                │
 *                                └──changed──> (debounce) ──> compare with the disk, absorb, save
 *
 * (I1) Nothing of a turn is sent before its records are in the journal's file; where they can't be written, the
 *      turn waits, and its clients keep what they typed.
 * (I2) The disk is read and written by one operation at a time.
 */
export class DocumentSession {
  readonly #doc: DocumentNumber
  readonly #post: (message: FromWorker) => void
  readonly #owner: Owner
  readonly #journal: DocumentJournal
  readonly #folder: JournalFolder
  readonly #link: DiskLink
  readonly #behind = new Set<string>()
  readonly #timer: SaveTimer
  #heldSends: Send[] = []
  #written: (() => void)[] = []
  #turnIsDue = false
  #disk: DocumentDisk
  #operations: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(options: DocumentSessionOptions, opened: OpenedSession, disk: DocumentDisk) {
    this.#doc = options.doc
    this.#post = options.post
    this.#owner = opened.owner
    this.#journal = opened.journal
    this.#folder = opened.folder
    this.#disk = disk
    this.#timer = new SaveTimer(() => void this.#saveSoon())
    this.#link = new DiskLink(
      {
        owner: opened.owner,
        absolute: options.place.absolute,
        onAbsorbed: () => this.#endTurnSoon(),
        onSaving: (v, hash) => this.#record({ k: 'saving', v, hash }),
        onBase: (record) => this.#record(record),
        onRemark: (remark) => this.#tellDisk(this.#disk, remark),
      },
      opened.base,
      opened.identity,
    )
  }

  /** @throws CodedError `not_found`, `not_text`, `too_large` */
  static async open(
    options: DocumentSessionOptions,
  ): Promise<{ session: DocumentSession; opened: OpenedDocument }> {
    const opened = await openSession(options.place, (error) =>
      options.post({
        kind: 'log',
        level: 'error',
        message: 'journal could not be flushed',
        fields: { path: options.place.path, reason: String(error) },
      }),
    )
    const reason = await readOnlyReason(options.place.absolute)
    const disk: DocumentDisk = {
      state: 'saved',
      sinceMs: Date.now(),
      readOnly: reason !== undefined,
      ...(reason === undefined ? {} : { readOnlyReason: reason }),
    }
    const session = new DocumentSession(options, opened, disk)
    await session.#begin()
    const { kind } = opened.base.form
    return { session, opened: { kind, disk: session.#disk, remarks: opened.remarks } }
  }

  receive(message: Extract<WorkerNotice, { kind: 'receive' }>): void {
    const { accountId, name, mayEdit } = message
    const canEdit = mayEdit && !this.#disk.readOnly && !this.#journal.full
    const before = this.#owner.head
    receiveAtOwner(
      this.#owner,
      { connection: String(message.client), person: { accountId, name, canEdit } },
      message.payload,
      Date.now(),
    )
    if (this.#owner.head > before) {
      this.#changed()
      this.#post({ kind: 'edited', doc: this.#doc, client: message.client })
    }
    this.#endTurnSoon()
  }

  left(client: ClientNumber): void {
    this.#behind.delete(String(client))
    detach(this.#owner, String(client))
    this.#endTurnSoon()
  }

  setBehind(client: ClientNumber, behind: boolean): void {
    const id = String(client)
    if (behind) {
      this.#behind.add(id)
      return
    }
    if (!this.#behind.delete(id)) return
    const session = this.#owner.connections.get(id)?.session
    if (!session) return
    for (const payload of historyMessages(this.#owner, session.m)) this.#send([id], payload)
  }

  /** A change of what runs cells. Resolved when it is in the journal. */
  commitRun(change: Change): Promise<void> {
    const before = this.#owner.head
    commitAs(this.#owner, RUNNER, toEdit(change), { at: Date.now() })
    if (this.#owner.head > before) this.#changed()
    return new Promise((resolve) => {
      this.#written.push(resolve)
      this.#endTurnSoon()
    })
  }

  readCell(cell: CellId): string | null {
    if (this.#owner.state.cells.get(cell) === undefined) return null
    return stringOf(this.#owner.state, cellPart(cell, 'input'))
  }

  readRuns(): CellRunState[] {
    const { state } = this.#owner
    return cellsOf(state, CELLS_PART).map((cell) => {
      const { run, next } = streamOf(state, cellPart(cell, 'output'))
      return {
        cell,
        run: fieldOf(state, cellPart(cell, 'run')),
        stream: run,
        next,
        auto: fieldOf(state, cellPart(cell, 'auto')) === true,
      }
    })
  }

  /** Something happened to the file. */
  diskChanged(): Promise<void> {
    return this.#operate(async () => {
      const event = await this.#tryOnDisk(() => this.#link.look())
      if (event === 'deleted') this.#tellDisk(this.#state('deleted', DELETED_MESSAGE))
      if (event === undefined || event === 'deleted') return
      if (this.#disk.state === 'deleted' || this.#disk.state === 'conflict') this.#settle()
      if (event === 'absorbed') this.#settle()
      if (this.#link.behind) this.#timer.changed()
    })
  }

  /** @throws CodedError what keeps it from being written */
  save(): Promise<void> {
    return this.#operate(async () => {
      this.#endTurn()
      const conflict = this.#disk.state === 'conflict'
      const v = await this.#tryOnDisk(
        () => (conflict ? this.#link.overwrite(new Date()) : this.#link.save({ recreate: true })),
        { rethrow: true },
      )
      if (v !== undefined) this.#saved(v)
    })
  }

  move(place: DocumentPlace): Promise<void> {
    return this.#operate(async () => {
      this.#link.moveTo(place.absolute)
      this.#folder.moveTo(place.historyFolder)
      const event = await this.#tryOnDisk(() => this.#link.look())
      if (event !== undefined && event !== 'deleted') this.#settle()
    })
  }

  /** Saves what is not saved. What can't be is in the journal. */
  async close(): Promise<void> {
    this.#timer.stop()
    await this.#saveNow()
    this.#closed = true
    this.#timer.stop()
    this.#endTurn()
    await this.#journal.close()
  }

  async #begin(): Promise<void> {
    await this.diskChanged()
    if (!this.#journal.begun) {
      this.#tryToJournal(() =>
        this.#journal.beginSegment(this.#owner, savedRecord(this.#link.base), Date.now()),
      )
    }
    if (this.#link.behind) this.#settle()
    this.#endTurn()
  }

  #changed(): void {
    if (this.#disk.state === 'saved') this.#tellDisk(this.#state('unsaved'))
    // What is on the disk is not ours to replace until somebody says so.
    if (this.#disk.state !== 'conflict' && this.#disk.state !== 'deleted') this.#timer.changed()
  }

  /** All that happens in one turn of the event loop is one record and one message for all. */
  #endTurnSoon(): void {
    if (this.#turnIsDue) return
    this.#turnIsDue = true
    setImmediate(() => {
      if (!this.#closed) this.#endTurn()
    })
  }

  #endTurn(): void {
    this.#turnIsDue = false
    const { records, sends } = takeTurn(this.#owner)
    this.#heldSends.push(...sends)
    const journaled = this.#tryToJournal(() => {
      if (this.#journal.begun) this.#journal.append(records)
      else if (records.length > 0) {
        this.#journal.beginSegment(this.#owner, savedRecord(this.#link.base), Date.now())
      }
    })
    if (!journaled) return
    const ready = this.#heldSends
    this.#heldSends = []
    for (const { to, bytes } of ready) this.#send(to, bytes)
    for (const resolve of this.#written.splice(0)) resolve()
  }

  #send(to: readonly string[], payload: Uint8Array): void {
    const droppable = this.#behind.size > 0 && DROPPED_KINDS.has(payload[0])
    const clients = (droppable ? to.filter((id) => !this.#behind.has(id)) : to).map(Number)
    if (clients.length > 0) this.#post({ kind: 'send', doc: this.#doc, clients, payload })
  }

  /** False where it could not be written; it is tried again. */
  #tryToJournal(write: () => void): boolean {
    try {
      write()
      return true
    } catch (error) {
      if (codeOf(error) === undefined) throw error
      const { message } = saveFailure(error)
      this.#tellDisk(this.#state('failed', message))
      this.#timer.again(RETRY_MS)
      return false
    }
  }

  /** After the items that it speaks of. */
  #record(record: AnyRecord): void {
    this.#endTurn()
    if (this.#journal.begun) this.#tryToJournal(() => this.#journal.append([record]))
  }

  async #saveSoon(): Promise<void> {
    try {
      await this.#saveNow()
    } catch (error) {
      this.#post({ kind: 'broken', doc: this.#doc, reason: 'the document had to be closed' })
      this.#post({
        kind: 'log',
        level: 'error',
        message: 'document session failed',
        fields: { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      })
    }
  }

  #saveNow(): Promise<void> {
    return this.#operate(async () => {
      this.#endTurn()
      if (this.#disk.state === 'conflict' || this.#disk.state === 'deleted') return
      if (!this.#link.behind && this.#disk.state === 'saved') return
      const v = await this.#tryOnDisk(() => this.#link.save({ recreate: false }))
      if (v !== undefined) this.#saved(v)
    })
  }

  #saved(v: number): void {
    markSaved(this.#owner, v)
    this.#settle()
    this.#endTurn()
    if (this.#link.behind) this.#timer.changed()
    if (!this.#journal.longEnough || this.#link.behind) return
    this.#tryToJournal(() =>
      this.#journal.beginSegment(this.#owner, savedRecord(this.#link.base), Date.now()),
    )
  }

  /** The disk is as it should be, or will be in a moment. */
  #settle(): void {
    const state = this.#link.behind ? 'unsaved' : 'saved'
    if (this.#disk.state !== state || state === 'saved') this.#tellDisk(this.#state(state))
  }

  /** Undefined where the disk did not let us; what that means is told to people. */
  async #tryOnDisk<T>(
    work: () => Promise<T>,
    options: { readonly rethrow?: boolean } = {},
  ): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const code = codeOf(error)
      if (code === undefined) throw error
      const { state, message, retry } = diskProblem(code, error)
      this.#tellDisk(this.#state(state, message))
      if (retry) this.#timer.again(RETRY_MS)
      if (options.rethrow) throw saveFailure(error)
      return undefined
    }
  }

  #state(state: DocumentDisk['state'], message?: string): DocumentDisk {
    const { readOnly, readOnlyReason: reason } = this.#disk
    return {
      state,
      sinceMs: Date.now(),
      readOnly,
      ...(reason === undefined ? {} : { readOnlyReason: reason }),
      ...(message === undefined ? {} : { message }),
    }
  }

  #tellDisk(disk: DocumentDisk, remark?: string): void {
    this.#disk = disk
    this.#post({
      kind: 'disk',
      doc: this.#doc,
      disk,
      ...(remark === undefined ? {} : { remark }),
    })
  }

  #operate<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) {
      return Promise.reject(new CodedError<ErrorCode>('closed', 'the document was closed'))
    }
    const operation = this.#operations.then(work)
    // The one who asked gets the failure; the next operation begins all the same.
    this.#operations = operation.catch(() => undefined)
    return operation
  }
}
