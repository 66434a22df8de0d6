import type { ChangeSet } from '@codemirror/state'

import type { AccountId } from '../../messages/ids.ts'
import type { Change, PartId } from '../../sync/change.ts'
import { createClient, pendingCount } from '../../sync/client.ts'
import type { Client, ClientUpdate, ViewChange } from '../../sync/client.ts'
import {
  connect,
  disconnected,
  dismissRescued,
  flush,
  localChange,
  redo,
  undo,
} from '../../sync/client-local.ts'
import { receiveAtClient } from '../../sync/client-receive.ts'
import { textEdit, toEdit } from '../../sync/edit.ts'
import type { Edit } from '../../sync/edit.ts'
import { replacements } from '../../sync/replacements.ts'
import { viewChange } from '../../sync/view-change.ts'
import type { Observable } from '../app/observable.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import type { Presence } from '../editors/editor.ts'
import { Adoption } from './adoption.ts'
import { AttachedEditors } from './attached-editors.ts'
import type { CursorPlace } from './cursor-data.ts'
import { notAddedReason, repairRemark } from './kept-reasons.ts'
import { KeptTexts, insertionAt } from './kept-texts.ts'
import { HomeComing } from './home-coming.ts'
import { IdleCheck } from './idle-check.ts'
import type { AttachedEditor, KeptText, OpenDocument } from './open-document.ts'
import { onPageLeft } from './page-left.ts'
import { onPageSeen } from './page-seen.ts'
import { PartStores } from './part-stores.ts'
import { randomId } from './random-id.ts'
import { SendPace } from './send-pace.ts'
import { SessionCursors } from './session-cursors.ts'
import { webLocks } from './session-locks.ts'
import type { SessionLocks } from './session-locks.ts'
import { SessionLink } from './session-link.ts'
import type { OpenAnswer } from './session-link.ts'
import { SessionStatus } from './session-status.ts'
import { UnsentKeeper } from './unsent-keeper.ts'
import { indexedDbStore } from './unsent-store.ts'
import type { UnsentStore } from './unsent-store.ts'
import { within } from './within.ts'

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
  readonly status: OpenDocument['status']
  readonly kept: OpenDocument['kept']
  readonly cursors: OpenDocument['cursors']
  readonly merged: OpenDocument['merged']
  readonly #options: SessionOptions
  readonly #project: ProjectConnection
  readonly #now: () => number
  readonly #status: SessionStatus
  readonly #keptTexts: KeptTexts
  readonly #keeper: UnsentKeeper
  readonly #adoption: Adoption
  readonly #editors = new AttachedEditors()
  readonly #link: SessionLink
  readonly #pace: SendPace
  readonly #idle: IdleCheck
  readonly #cursors: SessionCursors
  readonly #home: HomeComing
  readonly #stops: (() => void)[]
  #client = createClient(randomId())
  #stores = new PartStores(this.#client.view)
  #ready: Promise<void>
  #path: string
  #lastChange: { part: PartId | undefined; ms: number } = { part: undefined, ms: 0 }

  constructor(options: SessionOptions) {
    this.#options = options
    this.#project = options.project
    this.#path = options.path
    this.#now = options.now ?? Date.now
    const store = options.store ?? indexedDbStore
    const document = `${options.accountId} ${options.project.projectId} ${options.path}`
    this.#status = new SessionStatus(this.#project, () => this.#client, this.#now())
    this.status = this.#status.value
    this.#keeper = new UnsentKeeper({
      store,
      locks: options.locks ?? webLocks,
      document,
      now: this.#now,
      changes: () => this.#status.value.get().pending,
    })
    this.#keptTexts = new KeptTexts(store, document)
    this.kept = this.#keptTexts.pieces
    this.#adoption = new Adoption(this.#keeper, this.#keptTexts, () => this.#client)
    this.#home = new HomeComing(options.accountId, this.#now)
    this.merged = this.#home.merged
    this.#pace = new SendPace({
      send: () => this.flush(),
      now: this.#now,
      inCompany: () => this.cursors.get().length > 0,
      inFlight: () => this.#client.sent,
    })
    this.#link = new SessionLink(
      { project: this.#project, path: options.path, now: this.#now },
      {
        ready: () => this.#ready,
        opened: (answer) => this.#opened(answer),
        again: () => this.#connect(),
        received: (payload) => this.#receive(payload),
        routed: (open) => this.#routed(open),
        refused: (message) => this.#refused(message),
      },
    )
    const client = (): Client => this.#client
    const send = (messages: readonly Uint8Array[]): void => this.#link.send(messages)
    const { presence } = options
    this.#cursors = new SessionCursors({
      client,
      presence,
      now: this.#now,
      send,
      flush: this.flush,
    })
    this.cursors = this.#cursors.cursors
    this.#idle = new IdleCheck(client, send)
    this.#stops = this.#listen()
    this.#ready = this.#begin()
    if (this.#project.state.get().kind === 'open') this.retry()
  }

  readonly channel = () => this.#link.channel
  readonly list = (part: PartId) => this.#stores.list(part)
  readonly field = (part: PartId) => this.#stores.field(part)
  readonly stream = (part: PartId) => this.#stores.stream(part)
  readonly text = (part: PartId) => this.#stores.text(part)
  readonly keep = (): Promise<void> => this.#keeper.keepNow()
  readonly undo = (): boolean => this.#takeBack(undo(this.#client))
  readonly redo = (): boolean => this.#takeBack(redo(this.#client))
  readonly setCursor = (place: CursorPlace | undefined): void => this.#cursors.set(place)
  readonly retry = (): void => this.#link.open()
  readonly dismissMerged = (): void => this.#home.dismiss()

  readonly attach = (part: PartId, editor: AttachedEditor): (() => void) =>
    this.#editors.attach(part, editor)

  readonly change = (change: Change): void => {
    const edit = toEdit(change)
    const recorded = edit.some(([kind]) => kind !== 'f')
    const before = this.#client.view
    this.#local(edit, recorded ? 'new' : 'none')
    this.#lastChange = { part: undefined, ms: 0 }
    this.#show(viewChange(edit, undefined, before), 'own')
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
    this.#cursors.mapThrough(change, 'own')
    this.#stores.apply(this.#client.view, change)
  }

  readonly flush = (): void => {
    const sealed = this.#client.stack.length
    const messages = flush(this.#client)
    if (this.#client.stack.length > sealed) this.#keeper.sealed()
    this.#link.send(messages)
  }

  readonly save = async (): Promise<void> => {
    this.flush()
    await this.#link.save()
  }

  readonly dismissKept = (id: string): void => {
    if (this.#keptTexts.dismiss(id)) this.#tellDismissed([id])
  }
  readonly restoreKept = (piece: KeptText): void => void this.#keptTexts.restore(piece)

  readonly insertKept = (piece: KeptText): boolean => {
    const place = this.#cursors.place
    if (!place || this.#status.value.get().readOnly !== undefined) return false
    this.change(insertionAt(place, this.text(place.part).get().length, piece.text))
    this.dismissKept(piece.id)
    return true
  }

  readonly close = (): void => {
    this.flush()
    for (const stop of this.#stops) stop()
    this.#idle.stop()
    this.#home.close()
    this.#pace.close()
    this.#cursors.close()
    this.#link.close()
    this.#keeper
      .keepNow()
      .catch((error: unknown) => console.error('unsent changes are not kept', error))
      .finally(() => this.#keeper.close())
  }

  #listen(): (() => void)[] {
    return [
      onPageLeft({
        keep: () => this.#keeper.leave(),
        isUnkept: () => this.status.get().unkept === true && this.status.get().pending > 0,
      }),
      onPageSeen(() => this.#link.compare()),
      this.#keeper.works.subscribe(() => this.#status.unkept(!this.#keeper.works.get())),
      this.#keeper.keepsAll.subscribe(() => this.#status.keeping(!this.#keeper.keepsAll.get())),
      this.#project.on('document_changed', ({ channel, path, disk, remark }) => {
        if (channel !== this.channel()) return
        if (path !== this.#path) {
          this.#path = path
          this.#link.renamed(path)
          this.#options.onPath(path)
        }
        this.#status.tell({ disk })
        if (remark !== undefined) this.#status.remark(remark)
      }),
    ]
  }

  async #begin(): Promise<void> {
    const { client, changes, reads } = await this.#adoption.begin()
    this.#status.unkept(!reads)
    this.#goOnAs(client, changes)
  }

  /** The next of the closed tabs, each over a channel of its own. */
  async #nextOrphan(): Promise<void> {
    await this.#keeper.keepNow()
    const { client, changes } = await this.#adoption.next()
    this.#goOnAs(client, changes)
  }

  #goOnAs(client: Client, changes: number): void {
    this.#client = client
    this.#status.adopted(changes)
    this.#home.adopted(changes)
  }

  #opened(answer: OpenAnswer): Promise<readonly Uint8Array[]> {
    this.#cursors.clear()
    const { kind, disk, remarks, durability } = answer
    this.#status.tell({ documentKind: kind, disk, remarks, durability })
    return this.#connect()
  }

  /** A tab that takes over from this one must count its attempts from ours; but a browser that keeps nothing waits for nothing. */
  async #connect(): Promise<readonly Uint8Array[]> {
    const messages = connect(this.#client)
    this.#keeper.moved()
    this.#home.connecting(this.#client, this.status.get().pending)
    if (pendingCount(this.#client) > 0)
      await within(this.#keeper.keepNow(), KEEP_DEADLINE_MS, 'IndexedDB').catch((error: unknown) =>
        console.warn('unsent changes are not kept', error),
      )
    return messages
  }

  #routed(open: boolean): void {
    if (!open) this.#leave()
    const isAway = !open && this.#status.kind === 'open'
    this.#status.tell(isAway ? { kind: 'away', sinceMs: this.#now() } : {})
  }

  #refused(message: string): void {
    this.#leave()
    this.#status.tell({ kind: 'refused', sinceMs: this.#now(), message })
  }

  #leave(): void {
    this.#idle.stop()
    disconnected(this.#client)
    this.#cursors.clear()
    this.#home.left()
  }

  #receive(payload: Uint8Array): void {
    let update: ClientUpdate
    try {
      update = receiveAtClient(this.#client, payload)
    } catch (error) {
      console.error('a message of a document could not be read', error)
      disconnected(this.#client)
      this.#link.again()
      return
    }
    for (const change of update.changes) this.#show(change, 'foreign')
    this.#link.send(update.send)
    this.#pace.received(update.changes.length, update.acknowledged)
    this.#cursors.told(update)
    for (const kept of this.#keptTexts.keepOf(update)) this.#keeper.after(kept)
    if (update.repaired) this.#status.remark(repairRemark(update.repaired))
    this.#home.received(this.#client, update)
    if (update.joining) this.#status.progress(update.joining)
    if (update.joined) this.#joined()
    if (update.resumed) this.#status.tell({ kind: 'open', sinceMs: this.#now() })
    if (update.resumed || update.joined) {
      this.flush()
      this.#cursors.restart()
      this.#tellDismissed(this.#keptTexts.dismissed)
    }
    this.#count(update)
    if (update.problem?.kind === 'mismatch') this.#idle.diverged()
    if (update.problem) this.#link.again()
    this.#idle.wait()
  }

  #joined(): void {
    if (!this.#adoption.isOver) {
      this.#ready = this.#nextOrphan()
      this.retry()
      return
    }
    this.#stores.set(this.#client.view)
    this.#editors.resetAll(this.#client.view)
    this.#status.tell({ kind: 'open', sinceMs: this.#now() })
  }

  #count(update: ClientUpdate): void {
    if (update.changes.length > 0 || update.joined || update.resumed || update.problem)
      this.#keeper.moved()
    else if (update.acknowledged > 0) this.#keeper.acknowledged()
    this.#status.counted()
  }

  #local(edit: Edit, grouping: 'new' | 'join' | 'none'): void {
    const before = this.#client.view
    localChange(this.#client, edit, { undo: grouping })
    // Before it is sealed: what is kept has the same order.
    this.#keeper.typed(edit, before)
    this.#pace.ask()
    this.#status.changed(grouping === 'join')
    this.#keeper.changed()
  }

  #takeBack(change: ViewChange | undefined): boolean {
    if (!change) return true
    this.#lastChange = { part: undefined, ms: 0 }
    this.#show(change, 'own')
    this.#pace.ask()
    this.#keeper.moved()
    this.#status.changed(false)
    this.#keeper.changed()
    return true
  }

  /** Editors first: they begin from what the stores say when they are made. */
  #show(change: ViewChange, cause: 'foreign' | 'own'): void {
    this.#editors.show(change, cause)
    this.#cursors.mapThrough(change, cause)
    this.#stores.apply(this.#client.view, change)
  }

  /** The document does not take what the editor shows already: it is kept as a copy, and the editor set right. */
  #refuseTyped(part: PartId, changes: ChangeSet, error: unknown): void {
    const text = replacements(changes)
      .map(({ inserted }) => inserted.sliceString(0))
      .join('')
    void this.#keptTexts.keep({ reason: notAddedReason(error), text, part })
    // The editor is inside its update, in which it can't be changed.
    queueMicrotask(() => this.#editors.reset(part, this.#client.view))
  }

  #tellDismissed(ids: readonly string[]): void {
    const messages = ids.map((id) => dismissRescued(this.#client, id))
    this.#link.send(messages.filter((message) => message !== undefined))
  }
}
