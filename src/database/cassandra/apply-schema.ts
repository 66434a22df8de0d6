import { randomUUID } from 'node:crypto'

import { CodedError } from '../../util/coded-error.ts'
import { text } from './columns.ts'
import { connectCassandra } from './connection.ts'
import type { CassandraAddress } from './client-options.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { appliedSteps, PART, refuseNewer } from './schema-status.ts'
import { SCHEMA_STEPS, SCHEMA_TABLES } from './schema.ts'
import { stampOf } from './stamps.ts'

/** How many copies of everything each datacenter keeps, by its name. */
export type Replication = Readonly<Record<string, number>>

export interface AppliedSchema {
  readonly keyspace: 'made' | 'unchanged' | 'altered'
  /** Numbers of the steps that were run now. */
  readonly steps: readonly number[]
}

const FACTORS = cql`SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?`
const LOCK = cql`INSERT INTO schema_lock (part, holder) VALUES (?, ?) IF NOT EXISTS USING TTL ?`
const UNLOCK = cql`DELETE FROM schema_lock WHERE part = ? IF holder = ?`
const APPLIED = cql`INSERT INTO schema_steps (part, number) VALUES (?, ?) USING TIMESTAMP ?`

/** Who was killed while holding it holds up the others for so long. */
const LOCK_TTL_S = 10 * 60

/**
 * Makes the keyspace, or gives it other factors, and runs the steps that were not run; each known to all nodes before
 * the next. Doing it again does nothing.
 * @throws CodedError `schema_newer`; `schema_locked` where somebody else is at it
 */
export async function applySchema(
  address: CassandraAddress & { readonly keyspace: string },
  replication: Replication,
  progress: (line: string) => void,
): Promise<AppliedSchema> {
  const { keyspace: name, ...withoutKeyspace } = address
  checkName(name)
  const before = await connectCassandra(withoutKeyspace)
  let keyspace: AppliedSchema['keyspace']
  try {
    keyspace = await ensureKeyspace(before, name, replication)
  } finally {
    await before[Symbol.asyncDispose]()
  }
  progress(`keyspace ${name}: ${keyspace}`)
  await using connection = await connectCassandra(address)
  refuseNewer(Math.max(0, ...(await appliedSteps(connection))))
  for (const statement of SCHEMA_TABLES) await connection.define(statement)
  await using _lock = await lock(connection)
  const steps: number[] = []
  const applied = new Set(await appliedSteps(connection))
  for (const step of SCHEMA_STEPS.filter(({ number }) => !applied.has(number))) {
    for (const [index, statement] of step.statements.entries()) {
      progress(`step ${step.number}: ${index + 1} of ${step.statements.length}`)
      await connection.define(statement)
    }
    await connection.run(APPLIED, PART, step.number, stampOf(Date.now()))
    steps.push(step.number)
  }
  return { keyspace, steps }
}

async function ensureKeyspace(
  connection: CqlConnection,
  keyspace: string,
  replication: Replication,
): Promise<AppliedSchema['keyspace']> {
  const row = await connection.first(FACTORS, keyspace)
  const wanted = replicationText(replication)
  if (row === undefined) {
    await connection.define(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${wanted} AND durable_writes = true`,
    )
    return 'made'
  }
  if (sameFactors(row['replication'], replication)) return 'unchanged'
  await connection.define(`ALTER KEYSPACE ${keyspace} WITH replication = ${wanted}`)
  return 'altered'
}

/** As a statement says it. */
export function replicationText(replication: Replication): string {
  const factors = Object.entries(replication).map(([dataCenter, factor]) => {
    checkName(dataCenter)
    return `, '${dataCenter}': ${factor}`
  })
  return `{'class': 'NetworkTopologyStrategy'${factors.join('')}}`
}

function sameFactors(found: unknown, wanted: Replication): boolean {
  if (typeof found !== 'object' || found === null) return false
  const factors = Object.entries(found).filter(([key]) => key !== 'class')
  return (
    factors.length === Object.keys(wanted).length &&
    factors.every(([name, factor]) => String(wanted[name]) === factor)
  )
}

/** Names go into statements as they are. */
function checkName(name: string): void {
  if (/^[A-Za-z][A-Za-z0-9_-]{0,47}$/.test(name)) return
  throw new CodedError('bad_configuration', `"${name}" is no name of a keyspace or a datacenter`)
}

async function lock(connection: CqlConnection): Promise<AsyncDisposable> {
  const holder = randomUUID()
  const { applied, row } = await connection.decide([
    { cql: LOCK, args: [PART, holder, LOCK_TTL_S] },
  ])
  if (!applied && (row === undefined || text(row, 'holder') !== holder)) {
    throw new CodedError(
      'schema_locked',
      `Somebody else is changing the tables, or was stopped at it: try again in ${LOCK_TTL_S / 60} minutes.`,
    )
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await connection.decide([{ cql: UNLOCK, args: [PART, holder] }])
    },
  }
}
