import { Worker } from 'node:worker_threads'

import { DatabaseAway } from '../database-away.ts'
import type { SqlAnswer, SqlRequest, SqlRow, SqlStatement, SqlValue } from './worker-protocol.ts'

/** A local disk that does not answer for so long is as good as gone. */
const STATEMENT_DEADLINE_MS = 10_000
/** Requests that wait for the thread: more means that it is stuck, and the memory is needed. */
const WAITING_MAX = 10_000

interface Waiting {
  readonly resolve: (answer: SqlAnswer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** SQLite in a thread of its own. Requests are done in the order in which they were made. */
export class SqlConnection implements AsyncDisposable {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #gone: DatabaseAway | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (answer: SqlAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#lose(new DatabaseAway(error.message, { cause: error })))
    worker.on('exit', () => this.#lose(new DatabaseAway('the database was closed')))
  }

  /** @throws DatabaseAway where the file can't be opened */
  static async open(file: string, workerFile: string | URL): Promise<SqlConnection> {
    const worker = new Worker(workerFile, { workerData: { file } })
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve())
      worker.once('error', (error) => {
        reject(new DatabaseAway(`${file}: ${error.message}`, { cause: error }))
      })
    })
    return new SqlConnection(worker)
  }

  async all(sql: string, ...args: SqlValue[]): Promise<readonly SqlRow[]> {
    return (await this.#ask([{ sql, args }]))[0] ?? []
  }

  async first(sql: string, ...args: SqlValue[]): Promise<SqlRow | undefined> {
    return (await this.all(sql, ...args))[0]
  }

  async run(sql: string, ...args: SqlValue[]): Promise<void> {
    await this.#ask([{ sql, args }])
  }

  /** All of them or none. */
  async batch(statements: readonly SqlStatement[]): Promise<readonly (readonly SqlRow[])[]> {
    return this.#ask(statements)
  }

  /** Answers false where a statement that must change something did not, and nothing was done. */
  async tryBatch(statements: readonly SqlStatement[]): Promise<boolean> {
    return (await this.#post(statements)).kind === 'done'
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gone !== undefined) return
    const exited = new Promise((resolve) => this.#worker.once('exit', resolve))
    this.#worker.postMessage('close')
    await exited
  }

  async #ask(statements: readonly SqlStatement[]): Promise<readonly (readonly SqlRow[])[]> {
    const answer = await this.#post(statements)
    return answer.kind === 'done' ? answer.rows : []
  }

  #post(statements: readonly SqlStatement[]): Promise<SqlAnswer> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone)
    if (this.#waiting.size >= WAITING_MAX) {
      return Promise.reject(new DatabaseAway(`${WAITING_MAX} requests wait for the database`))
    }
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new DatabaseAway(`no answer within ${STATEMENT_DEADLINE_MS} ms`))
      }, STATEMENT_DEADLINE_MS)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#worker.postMessage({ id, statements } satisfies SqlRequest)
    })
  }

  #settle(answer: SqlAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    clearTimeout(waiting.timer)
    if (answer.kind === 'failed') {
      waiting.reject(new DatabaseAway(`${answer.code}: ${answer.message}`))
    } else {
      waiting.resolve(answer)
    }
  }

  #lose(reason: DatabaseAway): void {
    this.#gone ??= reason
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(this.#gone)
    }
    this.#waiting.clear()
  }
}
