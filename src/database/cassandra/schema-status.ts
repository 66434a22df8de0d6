import { CodedError } from '../../util/coded-error.ts'
import { integer } from './columns.ts'
import { cql } from './cql.ts'
import type { CqlConnection } from './cql.ts'
import { SCHEMA_NUMBER } from './schema.ts'

export const PART = 'schema'
export const PING = cql`SELECT number FROM schema_steps WHERE part = ? LIMIT 1`
const STEPS = cql`SELECT number FROM schema_steps WHERE part = ?`

/** An answer of Cassandra for a table or a keyspace that is not there. */
const INVALID = 0x2200

/** The numbers of the steps that were run; none where nothing was. */
export async function appliedSteps(connection: CqlConnection): Promise<number[]> {
  try {
    return (await connection.all(STEPS, PART)).map((row) => integer(row, 'number'))
  } catch (error) {
    if (isInvalid(error)) return []
    throw error
  }
}

/** @throws CodedError `schema_older`, `schema_newer` */
export async function requireSchema(connection: CqlConnection): Promise<void> {
  const applied = Math.max(0, ...(await appliedSteps(connection)))
  refuseNewer(applied)
  if (applied === SCHEMA_NUMBER) return
  throw new CodedError(
    'schema_older',
    applied === 0
      ? 'The keyspace has no tables of Salvus: run `salvus schema apply`.'
      : `The tables are at step ${applied}, this program needs ${SCHEMA_NUMBER}: run \`salvus schema apply\`.`,
  )
}

/** @throws CodedError `schema_newer` */
export function refuseNewer(applied: number): void {
  if (applied <= SCHEMA_NUMBER) return
  throw new CodedError(
    'schema_newer',
    `The tables are at step ${applied}, of a newer version of Salvus; this program knows ${SCHEMA_NUMBER} steps. Upgrade this program.`,
  )
}

function isInvalid(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === INVALID
}
