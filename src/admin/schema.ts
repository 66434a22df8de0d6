import { parseArgs } from 'node:util'

import { applySchema } from '../database/cassandra/apply-schema.ts'
import type { Replication } from '../database/cassandra/apply-schema.ts'
import { connectCassandra } from '../database/cassandra/connection.ts'
import { makeUser } from '../database/cassandra/make-user.ts'
import { appliedSteps } from '../database/cassandra/schema-status.ts'
import { SCHEMA_NUMBER } from '../database/cassandra/schema.ts'
import { readAddress } from '../database/cassandra/settings.ts'
import { readCassandraSettings } from './cassandra/read-settings.ts'
import { Failure } from './failure.ts'

const USAGE = `Usage: salvus schema apply --config FILE [--as USER --password-file FILE]
       salvus schema status --config FILE

Makes the tables of Salvus in Cassandra, or says which are there. FILE is the configuration of a hub, or has
{"contactPoints": [...], "localDataCenter": "dc1", "replication": {"dc1": 3, "dc2": 3, "dc3": 1}} in it.
Running it again does nothing. Hubs need not be stopped: steps only add.
With --as, a user who may do so makes the user that the configuration names, with its password, and its rights.
`

/** `salvus schema apply|status`: the tables of Cassandra. SQLite makes its own. */
export async function schemaCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      as: { type: 'string' },
      'password-file': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [what] = positionals
  const known = what === 'apply' || what === 'status'
  if (values.help || !known || positionals.length !== 1 || values.config === undefined) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const settings = readCassandraSettings(values.config)
  if (what === 'status') return status(settings)
  const { as: user, 'password-file': passwordFile } = values
  return user === undefined ? apply(settings) : applyAs(settings, { user, passwordFile })
}

type Settings = ReturnType<typeof readCassandraSettings>

/** A new cluster knows none but its first user, who makes what hubs need. */
async function applyAs(
  settings: Settings,
  superuser: Pick<Settings, 'user' | 'passwordFile'>,
): Promise<number> {
  await apply({ ...settings, ...superuser })
  const { credentials } = readAddress(settings)
  if (credentials === undefined) return 0
  const address = readAddress({ ...settings, ...superuser })
  await makeUser(address, credentials, copiesOf(settings))
  process.stdout.write(`user ${credentials.username}: made\n`)
  return 0
}

function copiesOf({ replication }: Settings): Replication {
  if (replication !== undefined) return replication
  throw new Failure(
    'The configuration does not say how many copies each datacenter keeps.',
    'Add "replication": { "dc1": 3 } with the names of your datacenters.',
  )
}

async function apply(settings: Settings): Promise<number> {
  const replication = copiesOf(settings)
  const applied = await applySchema(readAddress(settings), replication, (line) => {
    process.stdout.write(`  ${line}\n`)
  })
  if (applied.keyspace === 'altered') {
    process.stdout.write('  The copies are made by: nodetool repair -full, on each node.\n')
  }
  const { length } = applied.steps
  const done =
    length === 0 ? 'nothing was to be done' : `${length} ${length === 1 ? 'step' : 'steps'} run`
  process.stdout.write(`schema: at step ${SCHEMA_NUMBER}, ${done}\n`)
  return 0
}

async function status(settings: Settings): Promise<number> {
  await using connection = await connectCassandra(readAddress(settings))
  const applied = Math.max(0, ...(await appliedSteps(connection)))
  process.stdout.write(`schema: at step ${applied}, this program knows ${SCHEMA_NUMBER}\n`)
  return applied === SCHEMA_NUMBER ? 0 : 3
}
