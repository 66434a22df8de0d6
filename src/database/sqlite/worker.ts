import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'

import type { SqlAnswer, SqlRequest, SqlRow, SqlStatement } from './worker-protocol.ts'

/*
 * The thread that has the database: libsql waits for the disk inside its calls, also in its promise API, and the
 * hub must not.
 */

interface Prepared {
  readonly reader: boolean
  all(...args: unknown[]): SqlRow[]
  run(...args: unknown[]): { changes: number }
}
interface Connection {
  prepare(sql: string): Prepared
  exec(sql: string): void
  close(): void
}

/** How long a statement waits for another process that writes (the command line beside the hub). */
const BUSY_TIMEOUT_MS = 5_000

class Undone extends Error {}

main()

function main(): void {
  const port = parentPort
  if (port === null) throw new Error('bug: this is the program of a worker thread')
  const connection = open(String(workerData.file))
  const prepared = new Map<string, Prepared>()
  port.on('message', (message: SqlRequest | 'close') => {
    if (message === 'close') {
      connection.close()
      port.close()
      return
    }
    port.postMessage(answer(connection, prepared, message))
  })
  port.postMessage('open')
}

function open(file: string): Connection {
  // libsql is CommonJS with machine code, and its types are not to be had as an ES module.
  const Database = createRequire(import.meta.url)('libsql') as new (file: string) => Connection
  const connection = new Database(file)
  connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  connection.exec('PRAGMA journal_mode = WAL')
  // What was answered survives a power cut: these are facts such as "this password holds".
  connection.exec('PRAGMA synchronous = FULL')
  connection.exec('PRAGMA foreign_keys = OFF')
  return connection
}

function answer(
  connection: Connection,
  prepared: Map<string, Prepared>,
  request: SqlRequest,
): SqlAnswer {
  const { id, statements } = request
  const single = statements.length === 1
  try {
    if (!single) connection.exec('BEGIN IMMEDIATE')
    const rows = statements.map((statement) => execute(connection, prepared, statement))
    if (!single) connection.exec('COMMIT')
    return { id, kind: 'done', rows }
  } catch (error) {
    if (!single) rollBack(connection)
    if (error instanceof Undone) return { id, kind: 'undone' }
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return { id, kind: 'failed', code, message: String(error) }
  }
}

function execute(
  connection: Connection,
  prepared: Map<string, Prepared>,
  { sql, args, mustChange }: SqlStatement,
): SqlRow[] {
  let statement = prepared.get(sql)
  if (statement === undefined) {
    statement = connection.prepare(sql)
    prepared.set(sql, statement)
  }
  if (statement.reader) return statement.all(...args).map(portable)
  if (statement.run(...args).changes === 0 && mustChange === true) throw new Undone()
  return []
}

/** Rows as plain objects: the driver's own can't be cloned to another thread with their prototype. */
function portable(row: SqlRow): SqlRow {
  return { ...row }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK')
  } catch (error) {
    // A failed BEGIN has opened nothing, and some failures (disk full) end the transaction themselves.
    if (!String(error).includes('no transaction')) throw error
  }
}
