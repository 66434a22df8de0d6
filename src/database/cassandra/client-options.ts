import type { ClientOptions, policies } from 'cassandra-driver'
import type { ConnectionOptions } from 'node:tls'

type Driver = typeof import('cassandra-driver')
type SpeculativeExecution = policies.speculativeExecution.ConstantSpeculativeExecutionPolicy

/** Longer than the server's own 5 s, so that its answer says what was in the way. */
const READ_TIMEOUT_MS = 6_000
const CONNECT_TIMEOUT_MS = 5_000
/** A table is made on all nodes, and in other datacenters. */
export const DEFINE_TIMEOUT_MS = 60_000
/** A read that has no answer by then is asked of one more node. */
const SPECULATIVE_MS = 150
const RECONNECT_MIN_MS = 250
const RECONNECT_MAX_MS = 5_000
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

/** What the driver is told of a cluster. */
export function clientOptions(driver: Driver, address: CassandraAddress): ClientOptions {
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
      retry: retryReads(driver),
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

/** Of writes we decide ourselves; a read goes to the next node at once. */
function retryReads(driver: Driver): policies.retry.RetryPolicy {
  const { RetryPolicy } = driver.policies.retry
  return new (class extends RetryPolicy {
    override onWriteTimeout(): policies.retry.DecisionInfo {
      return this.rethrowResult()
    }
  })()
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
