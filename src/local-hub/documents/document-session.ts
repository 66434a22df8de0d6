import { cellPart, CELLS_PART } from '../../documents/worksheet-cell.ts'
import type { DocumentDisk, DocumentDurability } from '../../messages/documents.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import type { CellId, Change, Json } from '../../sync/change.ts'
import { commitAs } from '../../sync/commit.ts'
import { cellsOf, fieldOf, streamOf, stringOf } from '../../sync/document-state.ts'
import { toEdit } from '../../sync/edit.ts'
import type { Author } from '../../sync/messages.ts'
import { missedMessages } from '../../sync/outbox.ts'
import type { Divergence, Owner, Send } from '../../sync/owner.ts'
import { detach, receiveAtOwner } from '../../sync/receive.ts'
import { encodeOwnerMessage } from '../../sync/wire-owner.ts'
import { CodedError } from '../../util/coded-error.ts'
import type { CellRunState } from '../worksheets/worksheet-document.ts'
import { keepDivergence } from './divergence-file.ts'
import type { FlushPace } from './flush-pace.ts'
import type { JournalFolder } from './journal-folder.ts'
import { LostTail } from './lost-tail.ts'
import { nextTerm, openSession, type OpenedSession } from './open-session.ts'
import { PresencePace } from './presence-pace.ts'
import type { SavePace } from './save-pace.ts'
import { SessionDisk } from './session-disk.ts'
import { SessionJournal } from './session-journal.ts'
import { SessionPrograms } from './session-programs.ts'
import type {
  ClientNumber,
  DocumentNumber,
  DocumentPlace,
  FromWorker,
  OpenedDocument,
  WorkerNotice,
  WorkerRequests,
} from './worker-protocol.ts'

/** Who writes what cells put out; a client's session can't have the name, because it has no account. */
const RUNNER: Author = { sid: 'runner', accountId: '', name: 'output' }

/** An edit of a client is told to the main thread at most this often, in milliseconds. */
const EDITED_AGAIN_MS = 10_000

export interface DocumentSessionOptions {
  readonly doc: DocumentNumber
  readonly place: DocumentPlace
  readonly durability: DocumentDurability
  /** Of all documents of this thread. */
  readonly pace: SavePace
  readonly flushes: FlushPace
  readonly post: (message: FromWorker) => void
  /** Runs a turn of the document, to know what it takes. */
  readonly measure: (turn: () => void) => void
}

/** Tells a client that something is missing, so that it asks for it. */
const RESEND = encodeOwnerMessage({ kind: 'resend' })

/** In other states the file, or what people were told of it, is not what a thread that opens it would find. */
const RELEASED_STATES: ReadonlySet<DocumentDisk['state']> = new Set(['saved', 'unsaved'])

/**
 * The owner of one document with its journal and its file.
 *
 *     messages, runs, disk ──> owner ──turn──> journal ──written──> clients
 *                                │
 *                                └──changed──> (debounce) ──> compare with the disk, absorb, save
 */
export class DocumentSession {
  /** What programs inside the project do with it. */
  readonly programs: SessionPrograms
  readonly #doc: DocumentNumber
  readonly #post: (message: FromWorker) => void
  readonly #owner: Owner
  readonly #folder: JournalFolder
  readonly #journal: SessionJournal
  readonly #editedAt = new Map<ClientNumber, number>()
  readonly #disk: SessionDisk
  readonly #presence: PresencePace
  /** Set while pages are asked for what the journal lost. */
  #lostTail: LostTail | undefined
  /** Who reads too slowly for all that happens, and the last version that was sent to it. */
  readonly #behind = new Map<string, number>()
  /** Clients whose session another thread had, until they resume. */
  readonly #unresumed = new Set<ClientNumber>()
  #sentV: number

  private constructor(options: DocumentSessionOptions, opened: OpenedSession) {
    const { doc, post, place } = options
    this.#doc = doc
    this.#post = post
    this.#owner = opened.owner
    this.#sentV = opened.owner.head
    this.#folder = opened.folder
    this.#lostTail = this.#beginLostTail(opened)
    this.#disk = new SessionDisk({
      opened,
      absolute: place.absolute,
      journal: () => this.#journal,
      pace: options.pace,
      tell: (disk, remark) =>
        post({ kind: 'disk', doc, disk, ...(remark === undefined ? {} : { remark }) }),
      onBroken: (error) => this.#broken(error),
      after: this.#lostTail?.ended,
    })
    this.#presence = new PresencePace({
      owner: opened.owner,
      send: ({ to, bytes }) => this.#sendTo(this.#inTime(to), bytes),
    })
    this.programs = new SessionPrograms({
      doc,
      post,
      kind: opened.base.form.kind,
      owner: opened.owner,
      disk: this.#disk,
      journal: () => this.#journal,
      ready: () => this.#lostTail?.ended,
    })
    this.#journal = new SessionJournal({
      owner: opened.owner,
      journal: opened.journal,
      durability: options.durability,
      saved: () => this.#disk.saved,
      send: (send) => this.#send(send),
      onTurn: () => this.#turned(),
      onDiverged: (divergence) => this.#diverged(divergence),
      onRotated: () => post({ kind: 'segment_closed', doc }),
      measure: options.measure,
      onFailed: (message) => this.#disk.journalFailed(message),
    })
  }

  /** @throws CodedError `not_found`, `not_text`, `too_large` */
  static async open(
    options: DocumentSessionOptions,
  ): Promise<{ session: DocumentSession; opened: OpenedDocument }> {
    const opened = await openSession(options.place, {
      onFlushError: (error) => session.#flushFailed(error),
      pace: options.flushes,
    })
    const session: DocumentSession = new DocumentSession(options, opened)
    session.#tellDamage(opened.remarks)
    const begun = session.#disk.begin()
    if (!session.#lostTail) await begun
    // Who opened it must get its channel, to say what it knows.
    else begun.catch((error: unknown) => session.#broken(error))
    const { kind } = opened.base.form
    return { session, opened: { kind, disk: session.#disk.state, remarks: opened.remarks } }
  }

  receive(message: Extract<WorkerNotice, { kind: 'receive' }>): void {
    const { accountId, name, mayEdit } = message
    const canEdit = mayEdit && this.#disk.takesEdits && !this.#journal.full
    const before = this.#owner.head
    const from = { connection: String(message.client), person: { accountId, name, canEdit } }
    try {
      receiveAtOwner(this.#owner, from, message.payload, Date.now())
    } catch (error) {
      if (!(error instanceof CodedError) || !this.#unresumed.has(message.client)) throw error
      // The end of a message whose beginning went to the thread before.
      this.#sendTo([from.connection], RESEND)
    }
    if (this.#owner.connections.get(from.connection)?.session) {
      this.#unresumed.delete(message.client)
    }
    this.#lostTail?.look()
    if (this.#owner.head > before) {
      this.#disk.changed()
      this.#edited(message.client)
    }
    this.#journal.endTurnSoon()
  }

  /** Told as a use of the file, now and then. */
  #edited(client: ClientNumber): void {
    const now = performance.now()
    if (now - (this.#editedAt.get(client) ?? -EDITED_AGAIN_MS) < EDITED_AGAIN_MS) return
    this.#editedAt.set(client, now)
    this.#post({ kind: 'edited', doc: this.#doc, client })
  }

  left(client: ClientNumber): void {
    this.#editedAt.delete(client)
    this.#behind.delete(String(client))
    this.#unresumed.delete(client)
    detach(this.#owner, String(client))
    if (this.#owner.connections.size === 0) this.#disk.unused()
    this.#lostTail?.look()
    this.#journal.endTurnSoon()
  }

  setBehind(client: ClientNumber, behind: boolean): void {
    const id = String(client)
    const v = this.#behind.get(id)
    if (behind) {
      if (v === undefined) this.#behind.set(id, this.#sentV)
      return
    }
    this.#behind.delete(id)
    if (v === undefined) return
    const missed = missedMessages(this.#owner, id, { v, upTo: this.#sentV })
    for (const payload of missed) this.#sendTo([id], payload)
  }

  /** A change of what runs cells. Resolved when it is in the journal. */
  async commitRun(change: Change): Promise<void> {
    if (this.#lostTail) await this.#lostTail.ended
    const before = this.#owner.head
    commitAs(this.#owner, RUNNER, toEdit(change), { at: Date.now() })
    if (this.#owner.head > before) this.#disk.changed()
    return this.#journal.written()
  }

  /**
   * A change that a person asked the local hub for. Its version, once it is kept.
   * @throws CodedError `read_only`, `conflict` where version `on` is too old, `unavailable` where nothing can be kept
   */
  async commitFor(request: WorkerRequests['commit_for']['ask']): Promise<number> {
    const { accountId, name, on, change } = request
    if (this.#lostTail) await this.#lostTail.ended
    if (this.#disk.state.readOnly) throw refused('read_only', 'the document is read-only')
    if (this.#journal.full) throw refused('unavailable', 'changes can’t be kept at the moment')
    if (on < this.#owner.base.v || on > this.#owner.head) {
      throw refused('conflict', `version ${on} is too old to be changed`)
    }
    // A client's session can't have the name: the hub's are random.
    const author = { sid: `history:${accountId}`, accountId, name }
    const v = commitAs(this.#owner, author, toEdit(change), { at: Date.now(), on })
    this.#disk.changed()
    await this.#journal.written()
    return v
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
    return this.#disk.look()
  }

  /** @throws CodedError what keeps it from being written */
  save(): Promise<void> {
    return this.#disk.save()
  }

  move(place: DocumentPlace): Promise<void> {
    return this.#disk.move(place.absolute, () => this.#folder.moveTo(place.historyFolder))
  }

  /** Saves what is not saved. What can't be is in the journal. */
  async close(): Promise<void> {
    this.#presence.close()
    this.#lostTail?.end()
    await this.#disk.close()
    await this.#journal.close()
  }

  /** It comes from another thread, whose sessions are not known here: each client resumes. */
  welcome(clients: NonNullable<WorkerRequests['open']['ask']['moved']>): void {
    for (const { client, behind } of clients) {
      this.#unresumed.add(client)
      if (behind) this.setBehind(client, true)
    }
    this.#sendTo([...this.#unresumed].map(String), RESEND)
    this.programs.welcome()
  }

  /**
   * Leaves it to another thread: all that was acknowledged is in the journal, which is whole. What is not in the file
   * is saved there. @throws CodedError `unavailable` where it has to stay
   */
  async release(): Promise<void> {
    this.#journal.endTurn()
    if (this.#lostTail || this.#journal.waits || !RELEASED_STATES.has(this.#disk.state.state)) {
      throw refused('unavailable', 'the document can’t be moved now')
    }
    this.#presence.close()
    await this.#disk.release()
    await this.#journal.close()
  }

  /** Writes nothing into the file any more. What was acknowledged is in the journal. */
  async abandon(): Promise<void> {
    this.#lostTail?.end()
    this.#disk.leave()
    await this.#journal.close()
  }

  #turned(): void {
    this.#presence.look()
    this.programs.turned()
  }

  #send({ to, bytes, upTo }: Send): void {
    const isItems = upTo !== undefined
    if (isItems) this.#sentV = upTo
    this.#sendTo(isItems ? this.#inTime(to) : to, bytes)
  }

  #sendTo(to: readonly string[], payload: Uint8Array): void {
    const clients = to.map(Number)
    if (clients.length > 0) this.#post({ kind: 'send', doc: this.#doc, clients, payload })
  }

  /** Without those that are behind: what they miss comes when they have caught up. */
  #inTime(to: readonly string[]): readonly string[] {
    return this.#behind.size === 0 ? to : to.filter((id) => !this.#behind.has(id))
  }

  /** Runs first: nothing else may change the document before. */
  #beginLostTail({ owner, lostTail: reason }: OpenedSession): LostTail | undefined {
    if (reason === undefined) return undefined
    const lostTail = new LostTail({ owner, reason, term: () => nextTerm(owner.term) })
    void lostTail.ended.then(() => {
      this.#lostTail = undefined
      this.#journal.endTurnSoon()
    })
    return lostTail
  }

  #diverged(divergence: Divergence): void {
    const { by, v, texts } = divergence
    this.#post({ kind: 'diverged', doc: this.#doc })
    const file = this.#keepDivergence(divergence)
    const parts = texts.map(({ part }) => part)
    this.#log('error', 'document diverged', { session: by.sid, v, parts, file })
  }

  #keepDivergence(divergence: Divergence): string | null {
    try {
      return keepDivergence(this.#folder.folder, divergence, new Date()) ?? null
    } catch (error) {
      return `not kept: ${String(error)}`
    }
  }

  #flushFailed(error: unknown): void {
    this.#log('error', 'journal could not be flushed', { reason: String(error) })
    this.#journal.flushFailed(error)
  }

  #tellDamage(remarks: readonly string[]): void {
    for (const remark of remarks) this.#log('warn', 'found at opening', { remark })
  }

  #log(level: 'warn' | 'error', message: string, fields: { [key: string]: Json }): void {
    this.#post({ kind: 'log', level, message, fields: { doc: this.#doc, ...fields } })
  }

  #broken(error: unknown): void {
    this.#post({ kind: 'broken', doc: this.#doc, reason: 'the document had to be closed' })
    this.#post({
      kind: 'log',
      level: 'error',
      message: 'document session failed',
      fields: { reason: error instanceof Error ? (error.stack ?? error.message) : String(error) },
    })
  }
}

function refused(code: ErrorCode, message: string): CodedError {
  return new CodedError(code, message)
}
