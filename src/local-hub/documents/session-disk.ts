import type { DocumentDisk } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { DocumentState } from '../../sync/document-state.ts'
import type { SavedRecord } from '../../sync/journal-record.ts'
import { markSaved } from '../../sync/outbox.ts'
import type { Owner } from '../../sync/owner.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { saveFailure } from './disk-file.ts'
import { access } from './disk-access.ts'
import { DiskLink } from './disk-link.ts'
import { deletedMessage, diskProblem } from './disk-problem.ts'
import type { BaseRecord } from './journal-records.ts'
import { savedAtHead } from './journal-saved.ts'
import type { OpenedSession } from './open-session.ts'
import type { SavePace } from './save-pace.ts'
import { SaveTimer } from './save-timer.ts'
import type { SessionJournal } from './session-journal.ts'

/** Between tries to write what could not be written, in milliseconds: space comes back without an event. */
const RETRY_MS = 2_000

/** What was typed before a page knew that it may not be is taken for so long, in milliseconds. */
const LATE_EDITS_MS = 5_000

export interface SessionDiskOptions {
  readonly opened: OpenedSession
  readonly absolute: string
  readonly journal: () => SessionJournal
  /** Of all documents of this thread. */
  readonly pace: SavePace
  readonly tell: (disk: DocumentDisk, remark?: string) => void
  readonly onBroken: (error: unknown) => void
  /** Nothing is read or written before: the document waits for what it lost. */
  readonly after?: Promise<void> | undefined
}

/**
 * A document and its file: what is told about it, and when it is compared and saved.
 *
 *     saved <──> unsaved ──can't be written──> failed ──tried again──> saved
 *       └── deleted, conflict (another program): until somebody saves, or the file is there again
 *
 * (I2) The disk is read and written by one operation at a time.
 */
export class SessionDisk {
  readonly #options: SessionDiskOptions
  readonly #owner: Owner
  readonly #link: DiskLink
  readonly #timer: SaveTimer
  #disk: DocumentDisk = { state: 'saved', sinceMs: Date.now(), readOnly: false }
  #operations: Promise<unknown> = Promise.resolve()
  /** What was typed is not in the journal: nothing is saved for good. */
  #journalFails = false
  /** By the clock of `performance`. */
  #lateUntil = 0
  #closed = false

  constructor(options: SessionDiskOptions) {
    const { opened, absolute } = options
    this.#options = options
    this.#owner = opened.owner
    if (options.after) this.#operations = options.after
    this.#timer = new SaveTimer(options.pace, () => void this.#saveSoon())
    this.#link = new DiskLink(
      {
        owner: opened.owner,
        absolute,
        onAbsorbed: () => options.journal().endTurnSoon(),
        onSaving: (v, hash) => options.journal().recordSaving({ k: 'saving', v, hash }),
        onBase: (record) => options.journal().record(record),
        onRemark: (remark) => options.tell(this.#disk, remark),
      },
      opened,
    )
  }

  get state(): DocumentDisk {
    return this.#disk
  }

  /** What is on the disk, for a segment of the journal that begins now. */
  get saved(): SavedRecord | BaseRecord {
    return savedAtHead(this.#owner, this.#link.base, Date.now())
  }

  /** False where nothing may be typed. What was on its way when that began is taken: it is kept, and told as not saved. */
  get takesEdits(): boolean {
    return !this.#disk.readOnly || performance.now() < this.#lateUntil
  }

  async begin(): Promise<void> {
    this.#disk = { ...this.#disk, ...(await access(this.#link.absolute)) }
    await this.look()
    markSaved(this.#owner, this.#link.behind ? this.#link.base.v : this.#owner.head)
    this.#options.journal().beginFirst()
    if (this.#link.behind) this.#settle()
    this.#options.journal().endTurn()
  }

  /** The document was changed. */
  changed(): void {
    const { state } = this.#disk
    if (state === 'saved') this.#tell(this.#told('unsaved'))
    // What is on the disk is not ours to replace until somebody says so.
    if (state !== 'conflict' && state !== 'deleted') this.#timer.changed()
  }

  /** Nobody has it open: what waits to be saved has nothing to wait for. */
  unused(): void {
    this.#timer.now()
  }

  /** Something happened to the file. */
  look(): Promise<void> {
    return this.#operate(async () => {
      const event = await this.#tryOnDisk(() => this.#link.look())
      if (event === undefined) return
      if (event === 'deleted') return this.#deleted()
      await this.#lookAtAccess()
      const { state } = this.#disk
      if (state === 'deleted' || state === 'conflict' || event === 'absorbed') this.#settle()
      if (this.#link.behind || state === 'failed') this.#timer.changed()
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
      if (v !== undefined) await this.#saved(v)
    })
  }

  /** The same where nobody has to decide about the file; whether it is saved then, `state` says. */
  saveWhereMay(): Promise<void> {
    return this.#saveNow()
  }

  /** What the file would be with this content. */
  encode(state: DocumentState): Uint8Array {
    return this.#link.base.form.encode(state).bytes
  }

  /** `moveJournal` runs between what was asked of the disk before and after. */
  move(absolute: string, moveJournal: () => void): Promise<void> {
    return this.#operate(async () => {
      this.#link.moveTo(absolute)
      moveJournal()
      const event = await this.#tryOnDisk(() => this.#link.look())
      if (event === 'deleted') return this.#deleted()
      if (event === undefined) return
      await this.#lookAtAccess()
      this.#settle()
      if (this.#link.behind) this.#timer.changed()
    })
  }

  /** The journal could not be written: tried again in a moment. */
  journalFailed(message: string): void {
    this.#journalFails = true
    this.#tell(this.#told('failed', message))
    if (!this.#closed) this.#timer.again(RETRY_MS)
  }

  /** Saves what is not saved. What can't be is in the journal. */
  async close(): Promise<void> {
    this.#timer.stop()
    await this.#saveNow()
    this.leave()
  }

  /** Nothing is written any more: the file is no longer this document's. */
  leave(): void {
    this.#closed = true
    this.#timer.stop()
  }

  /** The same, once what is going on has ended. */
  async release(): Promise<void> {
    this.leave()
    await this.#operations
  }

  async #saveSoon(): Promise<void> {
    try {
      await this.#saveNow()
    } catch (error) {
      this.#options.onBroken(error)
    }
  }

  #saveNow(): Promise<void> {
    return this.#operate(async () => {
      this.#endTurn()
      if (this.#disk.state === 'conflict' || this.#disk.state === 'deleted') return
      if (!this.#link.behind && this.#disk.state === 'saved') return
      const begunAt = performance.now()
      const v = await this.#tryOnDisk(() => this.#link.save({ recreate: false }))
      this.#options.pace.took(performance.now() - begunAt)
      if (v !== undefined) await this.#saved(v)
      else if (this.#isDeleted) await this.#deleted()
    })
  }

  /** Where the journal fails again, it says so at once. */
  #endTurn(): void {
    this.#journalFails = false
    this.#options.journal().endTurn()
  }

  async #saved(v: number): Promise<void> {
    markSaved(this.#owner, v)
    // Nobody tells that it may be written again.
    if (this.#disk.readOnly) await this.#lookAtAccess()
    this.#settle()
    this.#options.journal().endTurn()
    if (this.#link.behind) this.#timer.changed()
    else this.#options.journal().rotate()
  }

  get #isDeleted(): boolean {
    return this.#disk.state === 'deleted'
  }

  async #deleted(): Promise<void> {
    this.#tell(this.#told('deleted', deletedMessage(await this.#link.movedTo())))
  }

  /** It may be written now and could not be before, or the other way round. */
  async #lookAtAccess(): Promise<void> {
    const now = await access(this.#link.absolute)
    if (now.readOnly === this.#disk.readOnly) return
    // What is not saved is told as that; it is saved when it may be written again.
    if (now.readOnly && this.#link.behind) return
    if (now.readOnly) this.#lateUntil = performance.now() + LATE_EDITS_MS
    const { readOnlyReason: _reason, ...disk } = this.#disk
    this.#tell({ ...disk, ...now })
  }

  /** The disk is as it should be, or will be in a moment. */
  #settle(): void {
    if (this.#journalFails) return
    const state = this.#link.behind ? 'unsaved' : 'saved'
    if (state === 'saved' && this.#owner.savedV !== this.#owner.head) {
      markSaved(this.#owner, this.#owner.head)
      this.#options.journal().endTurnSoon()
    }
    if (this.#disk.state !== state || state === 'saved') this.#tell(this.#told(state))
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
      // What ails the disk is told to all who are waiting for it.
      if (retry && this.#disk.state !== 'failed') this.#options.pace.hurry()
      this.#tell(this.#told(state, message))
      if (retry) this.#timer.again(RETRY_MS)
      if (options.rethrow) throw saveFailure(error)
      return undefined
    }
  }

  #told(state: DocumentDisk['state'], message?: string): DocumentDisk {
    const { readOnly, readOnlyReason: reason } = this.#disk
    return {
      state,
      sinceMs: Date.now(),
      readOnly,
      ...(reason === undefined ? {} : { readOnlyReason: reason }),
      ...(message === undefined ? {} : { message }),
    }
  }

  /** What is tried again and fails as before is told once. */
  #tell(disk: DocumentDisk): void {
    const before = this.#disk
    const isSame =
      disk.state !== 'saved' &&
      disk.state === before.state &&
      disk.message === before.message &&
      disk.readOnly === before.readOnly
    if (isSame) return
    this.#disk = disk
    this.#options.tell(disk)
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
