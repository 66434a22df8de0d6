import type { Client, QueryOptions } from 'cassandra-driver'

import { CodedError } from '../../util/coded-error.ts'
import { DatabaseAway } from '../database-away.ts'
import { clientOptions, DEFINE_TIMEOUT_MS } from './client-options.ts'
import type { CassandraAddress } from './client-options.ts'
import type { Cql, CqlConnection, CqlRow, CqlStatement, CqlValue, Decision } from './cql.ts'
import { isBatchLogTimeout, mayPass, reasonOf } from './driver-errors.ts'
import { repeatedly } from './retry.ts'

/** After a batch found a node dead: by then the others have noticed, or the next batch finds it again. */
const SINGLY_MS = 5_000
/** Requests that wait: more means that nothing answers, and the memory is needed. */
const WAITING_MAX = 10_000

type Driver = typeof import('cassandra-driver')

/**
 * Connects to a cluster. The driver knows the nodes of its datacenter and goes on with others when some die; it never
 * goes to another datacenter by itself, whose hubs take over then.
 * @throws DatabaseAway where no node answers within its deadline; CodedError `schema_older` without the keyspace
 */
export async function connectCassandra(address: CassandraAddress): Promise<CqlConnection> {
  // Loaded where it is used: a hub on SQLite has no memory for it.
  const { default: driver } = await import('cassandra-driver')
  const client = new driver.Client(clientOptions(driver, address))
  try {
    await repeatedly(() => client.connect(), mayPass)
  } catch (error) {
    await client.shutdown()
    const reason = reasonOf(error)
    if (/Keyspace .* does not exist/i.test(reason)) {
      const message = `There is no keyspace ${address.keyspace}: run \`salvus schema apply\`.`
      throw new CodedError('schema_older', message, { cause: error })
    }
    const where = address.contactPoints.join(', ')
    throw new DatabaseAway(`no Cassandra at ${where}: ${reason}`, { cause: error })
  }
  return new CassandraConnection(driver, client)
}

class CassandraConnection implements CqlConnection {
  readonly #driver: Driver
  readonly #client: Client
  #waiting = 0
  #closed = false
  #singlyUntilMs = 0

  constructor(driver: Driver, client: Client) {
    this.#driver = driver
    this.#client = client
  }

  all(statement: Cql, ...args: readonly CqlValue[]): Promise<readonly CqlRow[]> {
    return this.#ask(async () => {
      const rows: CqlRow[] = []
      const result = await this.#client.execute(statement, [...args], { autoPage: true })
      for await (const row of result) rows.push(row)
      return rows
    })
  }

  async first(statement: Cql, ...args: readonly CqlValue[]): Promise<CqlRow | undefined> {
    return (await this.all(statement, ...args))[0]
  }

  async run(statement: Cql, ...args: readonly CqlValue[]): Promise<void> {
    await this.#ask(() => this.#client.execute(statement, [...args]))
  }

  async batch(statements: readonly CqlStatement[]): Promise<void> {
    if (statements.length === 0) return
    await this.#ask(async () => {
      try {
        if (performance.now() < this.#singlyUntilMs) return await this.#singly(statements)
        await this.#client.batch(queries(statements), { logged: true, prepare: true })
      } catch (error) {
        if (!isBatchLogTimeout(error)) throw error
        this.#singlyUntilMs = performance.now() + SINGLY_MS
        await this.#singly(statements)
      }
    })
  }

  /**
   * A batch is first kept by two more nodes of the datacenter: of three, both others. Where one has died and nobody has
   * missed it yet, each batch fails, but each of its writes succeeds: a majority is there. What is given up meanwhile is
   * that the rest is written where this hub dies as well.
   */
  async #singly(statements: readonly CqlStatement[]): Promise<void> {
    for (const { cql, args } of statements) await this.#client.execute(cql, [...args])
  }

  decide(statements: readonly CqlStatement[]): Promise<Decision> {
    const [only] = statements
    return this.#ask(async () => {
      const result =
        only !== undefined && statements.length === 1
          ? await this.#client.execute(only.cql, [...only.args], this.#serial())
          : await this.#client.batch(queries(statements), { ...this.#serial(), logged: true })
      const row = result.first() ?? undefined
      return { applied: result.wasApplied(), row }
    })
  }

  decided(statement: Cql, ...args: readonly CqlValue[]): Promise<readonly CqlRow[]> {
    const { serial } = this.#driver.types.consistencies
    // Not asked of two nodes at once: they would get in each other's way.
    const options = { consistency: serial, isIdempotent: false }
    return this.#ask(async () => (await this.#client.execute(statement, [...args], options)).rows)
  }

  async define(statement: string): Promise<void> {
    const options = { prepare: false, readTimeout: DEFINE_TIMEOUT_MS }
    await this.#ask(async () => {
      const { info } = await this.#client.execute(statement, [], options)
      // The driver's types do not know it.
      if ('isSchemaInAgreement' in info && info.isSchemaInAgreement === false) {
        throw new DatabaseAway('the nodes do not agree on the tables: see which of them are down')
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#client.shutdown()
  }

  /** A lightweight transaction, or a read of one: the driver must not repeat it, since we look what it did first. */
  #serial(): QueryOptions {
    const { serial } = this.#driver.types.consistencies
    return { prepare: true, isIdempotent: false, serialConsistency: serial }
  }

  async #ask<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DatabaseAway('the database was closed')
    if (this.#waiting >= WAITING_MAX) {
      throw new DatabaseAway(`${WAITING_MAX} requests wait for the database`)
    }
    this.#waiting++
    try {
      return await repeatedly(attempt, (error) => !this.#closed && mayPass(error))
    } catch (error) {
      if (this.#closed) throw new DatabaseAway('the database was closed', { cause: error })
      throw error
    } finally {
      this.#waiting--
    }
  }
}

function queries(statements: readonly CqlStatement[]): { query: string; params: CqlValue[] }[] {
  return statements.map((statement) => ({ query: statement.cql, params: [...statement.args] }))
}
