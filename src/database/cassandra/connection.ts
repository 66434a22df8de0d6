import type { Client, ClientOptions, policies, QueryOptions } from 'cassandra-driver'
import type { ConnectionOptions } from 'node:tls'

import { CodedError } from '../../util/coded-error.ts'
import { DatabaseAway } from '../database-away.ts'
import type { Cql, CqlConnection, CqlRow, CqlStatement, CqlValue, Decision } from './cql.ts'
import { repeatedly } from './retry.ts'

type Driver = typeof import('cassandra-driver')
type SpeculativeExecution = policies.speculativeExecution.ConstantSpeculativeExecutionPolicy

/** Longer than the server's own 5 s, so that its answer says what was in the way. */
const READ_TIMEOUT_MS = 6_000
const CONNECT_TIMEOUT_MS = 5_000
/** A table is made on all nodes, and in other datacenters. */
const DEFINE_TIMEOUT_MS = 60_000
/** A read that has no answer by then is asked of one more node. */
const SPECULATIVE_MS = 150
const RECONNECT_MIN_MS = 250
const RECONNECT_MAX_MS = 5_000
/** Requests that wait: more means that nothing answers, and the memory is needed. */
const WAITING_MAX = 10_000
const CQL_PORT = 9042
/** Rows of a page of the driver's. */
const FETCH_ROWS = 2_000

export interface CassandraAddress {
  readonly contactPoints: readonly string[]
  readonly localDataCenter: string
  /** Undefined: none, to make one. */
  readonly keyspace?: string | undefined
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly tls?: ConnectionOptions | undefined
  /** Asks these nodes and no others: to see what one of them thinks. */
  readonly onlyContactPoints?: boolean | undefined
}

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
    await this.#ask(() => this.#client.batch(queries(statements), { logged: true, prepare: true }))
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

function clientOptions(driver: Driver, address: CassandraAddress): ClientOptions {
  const { consistencies, distance } = driver.types
  const { policies } = driver
  return {
    contactPoints: [...address.contactPoints],
    localDataCenter: address.localDataCenter,
    ...(address.keyspace === undefined ? {} : { keyspace: address.keyspace }),
    ...(address.credentials === undefined ? {} : { credentials: address.credentials }),
    ...(address.tls === undefined ? {} : { sslOptions: address.tls }),
    queryOptions: {
      consistency: consistencies.localQuorum,
      prepare: true,
      isIdempotent: true,
      fetchSize: FETCH_ROWS,
    },
    socketOptions: { readTimeout: READ_TIMEOUT_MS, connectTimeout: CONNECT_TIMEOUT_MS },
    pooling: {
      coreConnectionsPerHost: { [distance.local]: 1, [distance.remote]: 1 },
      warmup: true,
    },
    protocolOptions: { maxSchemaAgreementWaitSeconds: DEFINE_TIMEOUT_MS / 1000 },
    policies: {
      ...(address.onlyContactPoints === true ? { loadBalancing: onlyThese(driver, address) } : {}),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(
        RECONNECT_MIN_MS,
        RECONNECT_MAX_MS,
        false,
      ),
      speculativeExecution: speculateOnReads(driver),
    },
  }
}

/** A second node is asked where the first is slow to answer a question; a write is not doubled. */
function speculateOnReads(driver: Driver): SpeculativeExecution {
  const { ConstantSpeculativeExecutionPolicy } = driver.policies.speculativeExecution
  return new (class extends ConstantSpeculativeExecutionPolicy {
    override newPlan(keyspace: string, query: string | object[]): { nextExecution: Function } {
      const isRead = typeof query === 'string' && query.startsWith('SELECT')
      return isRead ? super.newPlan(keyspace, query) : NEVER
    }
  })(SPECULATIVE_MS, 1)
}

function onlyThese(
  driver: Driver,
  address: CassandraAddress,
): policies.loadBalancing.LoadBalancingPolicy {
  const { AllowListPolicy, DCAwareRoundRobinPolicy } = driver.policies.loadBalancing
  const nodes = address.contactPoints.map((node) => `${node}:${CQL_PORT}`)
  return new AllowListPolicy(new DCAwareRoundRobinPolicy(address.localDataCenter), nodes)
}

const NEVER = { nextExecution: () => -1 }

function queries(statements: readonly CqlStatement[]): { query: string; params: CqlValue[] }[] {
  return statements.map((statement) => ({ query: statement.cql, params: [...statement.args] }))
}

/** Answers of a server that are about the statement or its sender: repeating them changes nothing. */
const LASTING_CODES = new Set([
  0x0100, // bad credentials
  0x2000, // syntax
  0x2100, // unauthorized
  0x2200, // invalid
  0x2300, // configuration
  0x2400, // already exists
])

/** Whether the same may succeed a moment later. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof DatabaseAway) return false
  if (error.name === 'NoHostAvailableError') return causesOf(error).every(mayPass)
  if ('code' in error && typeof error.code === 'number') return !LASTING_CODES.has(error.code)
  if (['AuthenticationError', 'ArgumentError', 'NotSupportedError'].includes(error.name))
    return false
  return error.name !== 'TypeError'
}

/** What a node said, where one said anything. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error instanceof DatabaseAway ? error.cause : error
  const [inner] = cause instanceof Error ? causesOf(cause) : []
  return inner instanceof Error ? inner.message : error.message
}

function causesOf(error: Error): readonly unknown[] {
  const inner = 'innerErrors' in error ? error.innerErrors : undefined
  return typeof inner === 'object' && inner !== null ? Object.values(inner) : []
}
