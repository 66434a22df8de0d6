import { ChangeSet } from '@codemirror/state'

import type { AccountId, ChannelId } from '../../messages/ids.ts'
import type { Change, Json, PartId } from '../../sync/change.ts'
import { createClient, pendingCount } from '../../sync/client.ts'
import type { ClientUpdate, UnsentState, ViewChange } from '../../sync/client.ts'
import {
  acknowledgement,
  check,
  connect,
  disconnected,
  flush,
  importUnsent,
  localChange,
  presence,
  redo,
  rescueUnsent,
  undo,
  viewChange,
} from '../../sync/client-local.ts'
import { receiveAtClient } from '../../sync/client-receive.ts'
import { textEdit, toEdit } from '../../sync/edit.ts'
import type { Edit } from '../../sync/edit.ts'
import { replacements } from '../../sync/replacements.ts'
import { codeOf } from '../../util/coded-error.ts'
import { Value } from '../app/observable.ts'
import type { Observable } from '../app/observable.ts'
import type { Channel, ProjectConnection } from '../connection/project-connection.ts'
import type { Presence } from '../editors/editor.ts'
import { Coalescer } from './coalescer.ts'
import { CursorBook } from './cursor-book.ts'
import { AttachedEditors } from './attached-editors.ts'
import { keptReason } from './kept-reasons.ts'
import { KeptTexts } from './kept-texts.ts'
import type { AttachedEditor, DocumentStatus, OpenDocument } from './open-document.ts'
import { PartStores } from './part-stores.ts'
import { randomId } from './random-id.ts'
import { readOnlyReason } from './read-only-reason.ts'
import { webLocks } from './session-locks.ts'
import type { SessionLocks } from './session-locks.ts'
import { UnsentKeeper, textOfUnsent } from './unsent-keeper.ts'
import { indexedDbStore } from './unsent-store.ts'
import type { UnsentStore } from './unsent-store.ts'

/** A change goes out at once, and while they come fast at most every so many milliseconds. */
const SEND_EVERY_MS = 50
/** A cursor is told at most ten times a second. */
const PRESENCE_EVERY_MS = 100
/** What was received is acknowledged, and the texts compared, when nothing came for so long, in milliseconds. */
const IDLE_MS = 2000
/** How long a resume waits for IndexedDB, in milliseconds. */
const KEEP_DEADLINE_MS = 500
/** Typing in one part with shorter pauses than this, in milliseconds, is taken back as one. */
const UNDO_PAUSE_MS = 600

export interface SessionOptions {
  readonly project: ProjectConnection
  readonly accountId: AccountId
  readonly path: string
  readonly presence: Observable<Presence>
  readonly onPath: (path: string) => void
  readonly store?: UnsentStore
  readonly locks?: SessionLocks
  readonly now?: () => number
}

/** Opens a document and keeps it open across reconnects, until `close`. */
export function openDocument(options: SessionOptions): OpenDocument {
  return new DocumentSession(options)
}

/** The states are drawn at DocumentStatus; what crosses the channel is src/sync/SPEC.md. */
class DocumentSession implements OpenDocument {
  readonly status: Value<DocumentStatus>
  readonly kept: OpenDocument['kept']
  readonly cursors: OpenDocument['cursors']
  readonly #options: SessionOptions
  readonly #project: ProjectConnection
  readonly #store: UnsentStore
  readonly #now: () => number
  readonly #keptTexts: KeptTexts
  readonly #keeper: UnsentKeeper
  readonly #book: CursorBook
  readonly #editors = new AttachedEditors()
  readonly #stops: (() => void)[] = []
  readonly #sending = new Coalescer(SEND_EVERY_MS, () => this.#send(flush(this.#client)))
  readonly #telling = new Coalescer(PRESENCE_EVERY_MS, () => this.#tellCursor())
  #client = createClient(randomId())
  #stores = new PartStores(this.#client.view)
  #channel: Channel | undefined
  #channelId: ChannelId | undefined
  /** Left by closed tabs: resumed one after another before this session joins. */
  #orphans: UnsentState[] = []
  #adopted: Promise<void>
  #attempt = 0
  #path: string
  #idle: ReturnType<typeof setTimeout> | undefined
  #cursor: { part: PartId; anchor: number; head: number } | undefined
  #lastChange: { part: PartId | undefined; ms: number } = { part: undefined, ms: 0 }
  #closed = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.#project = options.project
    this.#path = options.path
    this.#store = options.store ?? indexedDbStore
    this.#now = options.now ?? Date.now
    const document = `${options.accountId} ${options.project.projectId} ${options.path}`
    this.#keeper = new UnsentKeeper({
      store: this.#store,
      locks: options.locks ?? webLocks,
      document,
      now: this.#now,
    })
    this.#keptTexts = new KeptTexts(this.#store, document)
    this.kept = this.#keptTexts.pieces
    this.#book = new CursorBook(() => options.presence.get().people)
    this.cursors = this.#book.cursors
    this.status = new Value<DocumentStatus>({
      kind: 'opening',
      sinceMs: this.#now(),
      pending: 0,
      remarks: [],
    })
    this.#adopted = this.#adopt()
    this.#listen()
    if (this.#project.state.get().kind === 'open') this.retry()
  }

  readonly channel = (): ChannelId | undefined => (this.#channel ? this.#channelId : undefined)
  readonly list = (part: PartId) => this.#stores.list(part)
  readonly field = (part: PartId) => this.#stores.field(part)
  readonly stream = (part: PartId) => this.#stores.stream(part)
  readonly text = (part: PartId) => this.#stores.text(part)
  readonly keep = (): Promise<void> => this.#keeper.keepNow()

  readonly attach = (part: PartId, editor: AttachedEditor): (() => void) =>
    this.#editors.attach(part, editor)

  readonly change = (change: Change): void => {
    const edit = toEdit(change)
    const recorded = edit.some(([kind]) => kind !== 'f')
    this.#local(edit, recorded ? 'new' : 'none')
    this.#lastChange = { part: undefined, ms: 0 }
    this.#show(viewChange(edit, undefined), 'own')
  }

  readonly changeText = (part: PartId, changes: ChangeSet): void => {
    const ms = this.#now()
    const joins = this.#lastChange.part === part && ms - this.#lastChange.ms < UNDO_PAUSE_MS
    this.#lastChange = { part, ms }
    try {
      this.#local(textEdit(part, changes), joins ? 'join' : 'new')
    } catch (error) {
      this.#refuseTyped(part, changes, error)
      return
    }
    const change = { by: undefined, texts: [{ part, changes }], touched: [] }
    this.#book.mapThrough(change)
    this.#stores.apply(this.#client.view, change)
  }

  readonly undo = (): boolean => this.#takeBack(undo(this.#client))
  readonly redo = (): boolean => this.#takeBack(redo(this.#client))

  readonly setCursor = (
    cursor: { part: PartId; anchor: number; head: number } | undefined,
  ): void => {
    this.#cursor = cursor
    this.#telling.ask()
  }

  readonly flush = (): void => this.#send(flush(this.#client))

  readonly save = async (): Promise<void> => {
    const channel = this.channel()
    if (channel === undefined)
      throw new Error('There is no connection; it is kept in this browser until then.')
    this.flush()
    await this.#project.request('save_document', { channel })
  }

  readonly dismissKept = (id: string): void => this.#keptTexts.dismiss(id)

  readonly retry = (): void => {
    this.#connect().catch(reportError)
  }

  readonly close = (): void => {
    this.#closed = true
    this.#attempt++
    this.flush()
    for (const stop of this.#stops) stop()
    clearTimeout(this.#idle)
    this.#sending.close()
    this.#telling.close()
    const channel = this.channel()
    this.#channel?.close()
    this.#channel = undefined
    // Where the route is lost the local hub knows already that nobody looks.
    if (channel !== undefined)
      this.#project.request('close_document', { channel }).catch(() => undefined)
    this.#keeper
      .keepNow()
      .catch((error: unknown) => console.error('unsent changes are not kept', error))
      .finally(() => this.#keeper.close())
  }

  #listen(): void {
    const keep = (): void => void this.#keeper.keepNow()
    globalThis.addEventListener?.('pagehide', keep)
    this.#stops.push(
      () => globalThis.removeEventListener?.('pagehide', keep),
      this.#project.epoch.subscribe(this.retry),
      this.#project.state.subscribe(() => this.#onRoute()),
      this.#project.on('document_changed', ({ channel, path, disk, remark }) => {
        if (channel !== this.#channelId) return
        if (path !== this.#path) this.#options.onPath((this.#path = path))
        const { remarks } = this.status.get()
        this.#tell({ disk, remarks: remark === undefined ? remarks : [...remarks, remark] })
      }),
      this.#project.on('document_closed', ({ channel, reason }) => {
        if (channel === this.#channelId) this.#refused(reason)
      }),
    )
  }

  /** Takes over what closed tabs left. A browser that keeps nothing (private windows) is no reason not to open. */
  async #adopt(): Promise<void> {
    try {
      await this.#keptTexts.load()
      this.#orphans = [...(await this.#keeper.adopt())]
    } catch (error) {
      console.warn('this browser keeps nothing', error)
    }
    await this.#nextClient()
  }

  /** The client of the next orphan, or else the one that stays. */
  async #nextClient(): Promise<void> {
    for (let orphan = this.#orphans.shift(); orphan; orphan = this.#orphans.shift()) {
      const client = createClient(orphan.sid)
      try {
        importUnsent(client, orphan)
        this.#client = client
        await this.#keeper.follow(client, true)
        return
      } catch (error) {
        console.error('unsent changes of a closed tab can not be read', error)
        this.#keptTexts.keep('Changes of a closed tab could not be added.', textOfUnsent(orphan))
        await this.#store.remove(orphan.sid)
      }
    }
    await this.#keeper.follow(this.#client, this.#client.restored)
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt
    try {
      await this.#adopted
      const answer = await this.#project.request('open_document', { path: this.#path })
      if (attempt !== this.#attempt || this.#closed) return
      this.#channel?.close()
      this.#channelId = answer.channel
      this.#book.clear()
      this.#channel = this.#project.openChannel(answer.channel, (payload) => this.#receive(payload))
      this.#tell({ documentKind: answer.kind, disk: answer.disk, remarks: answer.remarks })
      const first = connect(this.#client)
      await this.#keepAttempt()
      if (attempt === this.#attempt && !this.#closed) this.#send(first)
    } catch (error) {
      if (attempt !== this.#attempt || this.#closed) return
      // Without a route there is nothing to tell: the next epoch opens it again.
      if (codeOf(error) === 'closed') this.#onRoute()
      else this.#refused(error instanceof Error ? error.message : String(error))
    }
  }

  /** A tab that takes over from this one must count its attempts from ours; but a browser that keeps nothing waits for nothing. */
  async #keepAttempt(): Promise<void> {
    if (pendingCount(this.#client) === 0) return
    const patience = new Promise<void>((resolve) => setTimeout(resolve, KEEP_DEADLINE_MS))
    const kept = this.#keeper.keepNow().catch((error: unknown) => console.warn('not kept', error))
    await Promise.race([kept, patience])
  }

  #onRoute(): void {
    const route = this.#project.state.get()
    if (this.#closed) return
    if (route.kind === 'open') {
      this.#tell({})
      return
    }
    this.#attempt++
    this.#channel?.close()
    this.#channel = undefined
    disconnected(this.#client)
    this.#book.clear()
    if (this.status.get().kind === 'open') this.#tell({ kind: 'away', sinceMs: this.#now() })
    else this.#tell({})
  }

  #refused(message: string): void {
    this.#channel?.close()
    this.#channel = undefined
    disconnected(this.#client)
    this.#tell({ kind: 'refused', sinceMs: this.#now(), message })
  }

  #receive(payload: Uint8Array): void {
    let update: ClientUpdate
    try {
      update = receiveAtClient(this.#client, payload)
    } catch (error) {
      console.error('a message of a document could not be read', error)
      disconnected(this.#client)
      this.#send(connect(this.#client))
      return
    }
    for (const change of update.changes) this.#show(change, 'foreign')
    this.#send(update.send)
    for (const { by, data } of update.presence)
      if (by.sid !== this.#client.sid) this.#book.told(by, data)
    for (const piece of update.rescued) this.#keptTexts.keep(keptReason(update.problem), piece.text)
    if (update.joined) this.#joined()
    if (update.resumed) this.#tell({ kind: 'open', sinceMs: this.#now() })
    if (update.resumed || update.joined) {
      this.flush()
      this.#telling.ask()
    }
    this.#onProblem(update.problem)
    if (update.acknowledged > 0 || update.problem || update.joined) this.#counted()
    this.#waitIdle()
  }

  #joined(): void {
    if (this.#orphans.length > 0) {
      this.#adopted = this.#keeper.keepNow().then(() => this.#nextClient())
      this.retry()
      return
    }
    this.#stores.set(this.#client.view)
    this.#editors.resetAll(this.#client.view)
    this.#tell({ kind: 'open', sinceMs: this.#now() })
  }

  #onProblem(problem: ClientUpdate['problem']): void {
    if (!problem) return
    if (problem.kind === 'mismatch') {
      console.error('the document here differs from the local hub’s; it is read again')
      for (const { text } of rescueUnsent(this.#client))
        this.#keptTexts.keep(keptReason(problem), text)
    }
    this.#send(connect(this.#client))
  }

  #local(edit: Edit, grouping: 'new' | 'join' | 'none'): void {
    localChange(this.#client, edit, { undo: grouping })
    this.#keeper.changed()
    this.#sending.ask()
    this.#counted()
  }

  #takeBack(change: ViewChange | undefined): boolean {
    if (!change) return true
    this.#lastChange = { part: undefined, ms: 0 }
    this.#show(change, 'own')
    this.#keeper.changed()
    this.#sending.ask()
    this.#counted()
    return true
  }

  /** Editors first: they begin from what the stores say when they are made. */
  #show(change: ViewChange, cause: 'foreign' | 'own'): void {
    this.#editors.show(change, cause)
    this.#book.mapThrough(change)
    this.#stores.apply(this.#client.view, change)
  }

  /** The document does not take what the editor shows already: it is kept as a copy, and the editor set right. */
  #refuseTyped(part: PartId, changes: ChangeSet, error: unknown): void {
    const inserted = replacements(changes).map((piece) => piece.inserted.sliceString(0))
    const why = error instanceof Error ? error.message : String(error)
    this.#keptTexts.keep(`This could not be added: ${why}.`, inserted.join(''))
    // The editor is inside its update, in which it can't be changed.
    queueMicrotask(() => this.#editors.reset(part, this.#client.view))
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.#channel?.send(message)
  }

  #tellCursor(): void {
    this.flush()
    const client = this.#options.presence.get().self
    const data: Json = this.#cursor
      ? { ...this.#cursor, ...(client === undefined ? {} : { client }) }
      : null
    const message = presence(this.#client, data)
    if (message) this.#send([message])
  }

  #waitIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      const messages = [acknowledgement(this.#client), check(this.#client)]
      this.#send(messages.filter((message) => message !== undefined))
    }, IDLE_MS)
  }

  #counted(): void {
    this.#keeper.changed()
    if (pendingCount(this.#client) !== this.status.get().pending) this.#tell({})
  }

  #tell(change: Partial<DocumentStatus>): void {
    const { readOnly: _was, ...status } = { ...this.status.get(), ...change }
    const readOnly = readOnlyReason(this.#project, status.disk)
    this.status.set({
      ...status,
      pending: pendingCount(this.#client),
      ...(readOnly === undefined ? {} : { readOnly }),
    })
  }
}
