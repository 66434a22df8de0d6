import { availableParallelism } from 'node:os'

import type { Logger } from '../../daemon/logging.ts'
import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError } from '../../util/coded-error.ts'
import { chooseMoves, chooseThread, type ThreadLimits, type ThreadLoad } from './thread-choice.ts'
import { WorkerLink } from './worker-link.ts'
import type {
  DocumentNumber,
  FromWorker,
  OpenedDocument,
  WorkerNotice,
  WorkerRequestKind,
  WorkerRequests,
} from './worker-protocol.ts'

/** Threads for ordinary documents are as many as cores, up to here: a project is one of many on its host. */
const ORDINARY_THREADS_MAX = 4

/** More threads, one for each document that stays apart. A thread costs some 10 MB. */
const APART_THREADS_MAX = 8

/** A document of more bytes has a thread of its own: comparing it may take some 40 ms. */
const LARGE_BYTES = 128 * 1024

/** One message of a client of more bytes is the beginning of a large document: a paste. */
const LARGE_MESSAGE_BYTES = 128 * 1024

/** What a thread told of its load holds for so long, in milliseconds; one that tells nothing has nothing to do. */
const LOAD_HOLDS_MS = 2_000

/** Between two times that documents leave one thread, in milliseconds: what moved must show first. */
const MOVES_AGAIN_MS = 5_000

/** A document is moved by load at most this often, in milliseconds: its pages ask for what they missed each time. */
const DOCUMENT_MOVES_AGAIN_MS = 30_000

export type DocumentMessage = Exclude<
  Extract<FromWorker, { readonly doc: DocumentNumber }>,
  { kind: 'diverged' }
>

/** Who has a document open, and who of them is behind. */
export type MovedClients = NonNullable<WorkerRequests['open']['ask']['moved']>

export interface WorkerPoolOptions {
  /** The bundled worker: dist/sync-worker.js. */
  readonly workerUrl: URL
  readonly logger: Logger
  readonly onMessage: (message: DocumentMessage) => void
  /** Their thread has ended: they have to be opened anew, from their journals. */
  readonly onLost: (documents: readonly DocumentNumber[]) => void
  readonly clientsOf: (doc: DocumentNumber) => MovedClients
  /** `metrics` are others. */
  readonly onMetrics?: () => void
  /** Default: as the machine has cores. */
  readonly limits?: ThreadLimits
}

/** What the documents' threads did, since this local hub began. */
export interface PoolMetrics {
  readonly threads: number
  readonly documents: number
  readonly moves: number
  readonly threadsLost: number
  /** Ends of turns that were told: up to half a second ago. */
  readonly turns: number
  /** The longest that a document kept its thread from all others. */
  readonly longestTurnMs: number
  /** Pages that had another text than their document; more than none is a fault. */
  readonly divergences: number
}

interface Thread extends ThreadLoad {
  readonly link: WorkerLink
  readonly documents: Map<DocumentNumber, number>
  busy: number
  apart: boolean
  toldMs: number
  relievedMs: number
}

interface Home {
  readonly doc: DocumentNumber
  open: WorkerRequests['open']['ask']
  thread: Thread
  isLarge: boolean
  movedMs: number
  /** What comes while it moves; undefined while it does not. */
  held: (() => void)[] | undefined
}

/**
 * The threads that own documents. A document is in one of them at a time.
 *
 *     here ──busy or large──> release asked ──released──> opened there ──> there
 *       ^                         │ refused                   │ fails
 *       └─────────────────────────┘                           └──> lost: its clients open it anew
 *
 * (I1) From `release asked` on all that is for the document is held, and goes to where it is at the end, in order.
 * (I2) A document is opened by a thread only after the one before has let go of its journal.
 */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions
  readonly #limits: ThreadLimits
  readonly #threads = new Set<Thread>()
  readonly #homes = new Map<DocumentNumber, Home>()
  #moves = 0
  #threadsLost = 0
  #turns = 0
  #longestTurnMs = 0
  #divergences = 0

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.#limits = options.limits ?? {
      ordinaryMax: Math.max(1, Math.min(availableParallelism(), ORDINARY_THREADS_MAX)),
      apartMax: APART_THREADS_MAX,
    }
  }

  get metrics(): PoolMetrics {
    return {
      threads: this.#threads.size,
      documents: this.#homes.size,
      moves: this.#moves,
      threadsLost: this.#threadsLost,
      turns: this.#turns,
      longestTurnMs: this.#longestTurnMs,
      divergences: this.#divergences,
    }
  }

  /** Opens a document in the thread that suits it. `apart`: in one of its own. @throws CodedError as the worker */
  async open(
    doc: DocumentNumber,
    ask: WorkerRequests['open']['ask'],
    options: { readonly sizeBytes: number; readonly suspect: boolean },
  ): Promise<OpenedDocument> {
    const isLarge = options.sizeBytes > LARGE_BYTES
    const apart = isLarge || options.suspect
    const thread = this.#choose(apart)
    const home: Home = { doc, open: ask, thread, isLarge, movedMs: -Infinity, held: undefined }
    this.#homes.set(doc, home)
    this.#enter(home, thread, apart)
    try {
      return await thread.link.request('open', doc, ask)
    } catch (error) {
      this.#forget(home)
      throw error
    }
  }

  /** @throws CodedError what the worker refuses with, `deadline`, `unavailable` where its thread is gone */
  async request<K extends WorkerRequestKind>(
    kind: K,
    doc: DocumentNumber,
    ask: WorkerRequests[K]['ask'],
  ): Promise<WorkerRequests[K]['answer']> {
    const home = this.#homes.get(doc)
    if (home === undefined) {
      throw new CodedError<ErrorCode>('unavailable', 'the document is being reopened; try again')
    }
    if (home.held !== undefined) await new Promise<void>((resolve) => home.held?.push(resolve))
    if (kind === 'move' && 'place' in ask) home.open = { ...home.open, place: ask.place }
    const answer = await home.thread.link.request(kind, doc, ask).finally(() => {
      if (kind === 'close' || kind === 'abandon') this.#forget(home)
    })
    return answer
  }

  notice(notice: WorkerNotice): void {
    const home = this.#homes.get(notice.doc)
    if (home === undefined) return
    if (notice.kind === 'receive' && notice.payload.length > LARGE_MESSAGE_BYTES) this.#grown(home)
    if (home.held === undefined) home.thread.link.notice(notice)
    else home.held.push(() => home.thread.link.notice(notice))
  }

  /** How long the file is by now: a large one leaves the others alone before its thread looks at it. */
  sized(doc: DocumentNumber, sizeBytes: number): void {
    const home = this.#homes.get(doc)
    if (home !== undefined && sizeBytes > LARGE_BYTES) this.#grown(home)
  }

  /** Its thread has given it up. */
  gone(doc: DocumentNumber): void {
    const home = this.#homes.get(doc)
    if (home) this.#forget(home)
  }

  /** Moves a document to another thread, the one that suits it. False where it stays. */
  async move(doc: DocumentNumber): Promise<boolean> {
    const home = this.#homes.get(doc)
    if (home === undefined) return false
    const others = [...this.#threads].filter((thread) => thread !== home.thread)
    return this.#move(home, chooseThread(others, this.#limits, { apart: home.isLarge }))
  }

  /** Moves all that is open. True where nothing stays. */
  async moveAll(): Promise<boolean> {
    const moves = await Promise.all([...this.#homes.keys()].map((doc) => this.move(doc)))
    return moves.every(Boolean)
  }

  /** Ends all threads at once, as a crash does. */
  async endThreads(): Promise<void> {
    await Promise.all([...this.#threads].map(({ link }) => link.kill()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const threads = [...this.#threads]
    this.#threads.clear()
    this.#homes.clear()
    await Promise.all(threads.map(({ link }) => link.close()))
  }

  #grown(home: Home): void {
    if (home.isLarge) return
    home.isLarge = true
    home.thread.apart ||= home.thread.documents.size === 1
    if (home.thread.documents.size === 1) return
    const others = [...this.#threads].filter((thread) => thread !== home.thread)
    this.#moveSoon(home, chooseThread(others, this.#limits, { apart: true }))
  }

  #moveSoon(home: Home, to: Thread | 'new'): void {
    this.#move(home, to).catch((error: unknown) =>
      this.#options.logger.error({ err: error }, 'a document could not be moved'),
    )
  }

  async #move(home: Home, to: Thread | 'new'): Promise<boolean> {
    if (home.held !== undefined) return false
    home.held = []
    const from = home.thread
    try {
      await from.link.request('release', home.doc, {})
    } catch {
      // It stays: its journal or its file can't be left as it is, or its thread is gone.
      this.#arrived(home)
      return false
    }
    if (this.#homes.get(home.doc) !== home) return false
    const target = to === 'new' || !this.#threads.has(to) ? this.#start() : to
    this.#leave(home)
    this.#enter(home, target, home.isLarge)
    home.movedMs = performance.now()
    this.#moves++
    try {
      const moved = this.#options.clientsOf(home.doc)
      const { disk } = await target.link.request('open', home.doc, { ...home.open, moved })
      this.#options.onMessage({ kind: 'disk', doc: home.doc, disk })
    } catch (error) {
      this.#options.logger.error({ err: error }, 'a document was not opened where it was moved to')
      this.#lost([home])
      return false
    }
    this.#options.logger.info({ ...this.metrics }, 'document moved to another thread')
    this.#arrived(home)
    return true
  }

  #arrived(home: Home): void {
    const held = home.held ?? []
    home.held = undefined
    for (const each of held) each()
  }

  #choose(apart: boolean): Thread {
    this.#settleLoads()
    const choice = chooseThread([...this.#threads], this.#limits, { apart })
    return choice === 'new' ? this.#start() : choice
  }

  #start(): Thread {
    const { workerUrl, logger, onMessage } = this.#options
    const link = new WorkerLink({
      workerUrl,
      logger,
      onMessage: (message) => {
        if (message.kind === 'load') this.#loaded(thread, message)
        else if (message.kind === 'diverged') this.#diverged()
        else onMessage(message)
      },
      onExit: () => this.#exited(thread),
    })
    const documents = new Map<DocumentNumber, number>()
    const thread: Thread = {
      link,
      documents,
      busy: 0,
      apart: false,
      toldMs: 0,
      relievedMs: -Infinity,
    }
    this.#threads.add(thread)
    return thread
  }

  #enter(home: Home, thread: Thread, apart: boolean): void {
    home.thread = thread
    thread.documents.set(home.doc, 0)
    thread.apart = apart
    this.#options.onMetrics?.()
  }

  #leave(home: Home): void {
    const { thread } = home
    thread.documents.delete(home.doc)
    this.#options.onMetrics?.()
    if (thread.documents.size > 0) return
    thread.apart = false
    // One stays for what is opened next.
    if (this.#threads.size === 1 || !this.#threads.delete(thread)) return
    thread.link.close().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'a thread of documents did not end')
    })
  }

  #forget(home: Home): void {
    if (this.#homes.get(home.doc) !== home) return
    this.#homes.delete(home.doc)
    this.#leave(home)
    this.#arrived(home)
  }

  #diverged(): void {
    this.#divergences++
    this.#options.onMetrics?.()
  }

  #loaded(thread: Thread, load: Extract<FromWorker, { kind: 'load' }>): void {
    this.#turns += load.turns
    this.#longestTurnMs = Math.max(this.#longestTurnMs, load.longestMs)
    this.#options.onMetrics?.()
    thread.busy = load.busy
    thread.toldMs = performance.now()
    for (const doc of thread.documents.keys()) thread.documents.set(doc, 0)
    for (const [doc, ms] of load.documents) {
      if (thread.documents.has(doc)) thread.documents.set(doc, ms)
    }
    if (thread.apart || thread.toldMs - thread.relievedMs < MOVES_AGAIN_MS) return
    this.#settleLoads()
    const moves = chooseMoves(thread, [...this.#threads], this.#limits)
    if (moves === undefined) return
    thread.relievedMs = thread.toldMs
    const to = moves.to === 'new' ? this.#start() : moves.to
    for (const doc of moves.documents) {
      const home = this.#homes.get(doc)
      if (home && thread.toldMs - home.movedMs > DOCUMENT_MOVES_AGAIN_MS) this.#moveSoon(home, to)
    }
  }

  #settleLoads(): void {
    const now = performance.now()
    for (const thread of this.#threads) if (now - thread.toldMs > LOAD_HOLDS_MS) thread.busy = 0
  }

  #exited(thread: Thread): void {
    if (!this.#threads.delete(thread)) return
    this.#threadsLost++
    this.#lost([...this.#homes.values()].filter((home) => home.thread === thread))
  }

  #lost(homes: readonly Home[]): void {
    for (const home of homes) this.#forget(home)
    if (homes.length > 0) this.#options.onLost(homes.map(({ doc }) => doc))
  }
}
