import type { ErrorCode } from '../../messages/errors.ts'
import { CodedError, codeOf } from '../../util/coded-error.ts'
import { DocumentSession } from './document-session.ts'
import { FlushPace } from './flush-pace.ts'
import { LoadMeter } from './load-meter.ts'
import { SavePace } from './save-pace.ts'
import type {
  DocumentNumber,
  FromWorker,
  ToWorker,
  WorkerNotice,
  WorkerRequest,
} from './worker-protocol.ts'

/** The documents of a worker thread, by number. One that fails is closed; the others go on. */
export class DocumentHost {
  readonly #sessions = new Map<DocumentNumber, DocumentSession>()
  readonly #post: (message: FromWorker) => void
  readonly #meter: LoadMeter
  readonly #pace = new SavePace()
  readonly #flushes = new FlushPace()

  constructor(post: (message: FromWorker) => void) {
    this.#post = post
    this.#meter = new LoadMeter((load) => post({ kind: 'load', ...load }))
  }

  receive(message: ToWorker): void {
    if (message.kind === 'ping') return this.#post({ kind: 'pong' })
    this.#meter.during(message.doc, () => {
      if ('request' in message) void this.#request(message)
      else this.#notice(message)
    })
  }

  async #request(message: WorkerRequest): Promise<void> {
    const { request } = message
    try {
      this.#post({ kind: 'answer', request, value: await this.#answer(message) })
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (!(error instanceof CodedError)) this.#log(message.doc, error)
      const code = error instanceof CodedError ? error.code : 'internal'
      this.#post({ kind: 'failed', request, code, message: text })
    }
  }

  async #answer(message: WorkerRequest): Promise<unknown> {
    if (message.kind === 'open') {
      const { doc, place, durability, moved } = message
      const measure = (turn: () => void): void => this.#meter.duringTurn(doc, turn)
      const [pace, flushes] = [this.#pace, this.#flushes]
      const options = { doc, place, durability, pace, flushes, post: this.#post, measure }
      const { session, opened } = await DocumentSession.open(options)
      this.#sessions.set(doc, session)
      if (moved) session.welcome(moved)
      return opened
    }
    const session = this.#sessions.get(message.doc)
    if (!session) throw new CodedError<ErrorCode>('closed', 'the document is not open')
    switch (message.kind) {
      case 'save':
        await session.save()
        return null
      case 'commit':
        await session.commitRun(message.change)
        return null
      case 'commit_for':
        return session.commitFor(message)
      case 'read_cell':
        return session.readCell(message.cell)
      case 'read_runs':
        return session.readRuns()
      case 'program_read':
      case 'program_revision':
      case 'program_commit':
      case 'program_append':
      case 'program_watch':
        return session.programs.answer(message)
      case 'move':
        await session.move(message.place)
        return null
      case 'close':
        this.#sessions.delete(message.doc)
        await session.close()
        return null
      case 'release':
        await session.release()
        this.#sessions.delete(message.doc)
        return null
      case 'abandon':
        this.#sessions.delete(message.doc)
        await session.abandon()
        return null
    }
  }

  #notice(notice: WorkerNotice): void {
    const session = this.#sessions.get(notice.doc)
    if (!session) return
    try {
      switch (notice.kind) {
        case 'receive':
          return session.receive(notice)
        case 'left':
          return session.left(notice.client)
        case 'behind':
          return session.setBehind(notice.client, notice.behind)
        case 'disk_changed':
          void session.diskChanged().catch((error: unknown) => this.#failed(notice, error))
          return
      }
    } catch (error) {
      this.#failed(notice, error)
    }
  }

  /** A message that is none is the client's fault; anything else ends the document's owner, not its journal. */
  #failed(notice: WorkerNotice, error: unknown): void {
    this.#log(notice.doc, error)
    if (error instanceof CodedError) {
      if (notice.kind !== 'receive') return
      const { doc, client } = notice
      this.#sessions.get(doc)?.left(client)
      return this.#post({ kind: 'bad_client', doc, client, reason: error.message })
    }
    if (codeOf(error) !== undefined) return
    this.#sessions.delete(notice.doc)
    const reason = 'the document had to be closed; open it again'
    this.#post({ kind: 'broken', doc: notice.doc, reason })
  }

  #log(doc: DocumentNumber, error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#post({
      kind: 'log',
      level: codeOf(error) === undefined ? 'error' : 'warn',
      message: 'document message failed',
      fields: { doc, reason },
    })
  }
}
