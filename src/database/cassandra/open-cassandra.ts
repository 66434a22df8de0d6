import type { Database } from '../port/database.ts'
import { accountStore } from './accounts.ts'
import { attemptStore, fileUseStore, statisticsStore } from './activity.ts'
import { blobStore } from './blobs.ts'
import { claimStore } from './claims.ts'
import { connectCassandra } from './connection.ts'
import type { CassandraAddress } from './client-options.ts'
import type { CqlConnection } from './cql.ts'
import { dueStore } from './due.ts'
import { helpStore } from './help.ts'
import { invitationStore } from './invitations.ts'
import { leaseStore } from './leases.ts'
import { locationStore } from './locations.ts'
import { mailStore } from './mail.ts'
import { membershipStore } from './membership.ts'
import { projectStore } from './projects.ts'
import { PING, requireSchema } from './schema-status.ts'
import { sessionStore } from './sessions.ts'
import { tokenStore } from './tokens.ts'

/**
 * The database of many hubs in any number of datacenters.
 * @throws DatabaseAway where no node answers
 * @throws CodedError `schema_older`, `schema_newer` where the tables are not those of this program
 */
export async function openCassandra(
  address: CassandraAddress & { readonly keyspace: string },
): Promise<Database> {
  const connection = await connectCassandra(address)
  try {
    await requireSchema(connection)
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    throw error
  }
  return cassandraDatabase(connection)
}

/** The stores on a connection, which goes with them. */
export function cassandraDatabase(connection: CqlConnection): Database {
  return {
    accounts: accountStore(connection),
    claims: claimStore(connection),
    sessions: sessionStore(connection),
    tokens: tokenStore(connection),
    projects: projectStore(connection),
    membership: membershipStore(connection),
    invitations: invitationStore(connection),
    locations: locationStore(connection),
    leases: leaseStore(connection),
    blobs: blobStore(connection),
    mail: mailStore(connection),
    help: helpStore(connection),
    due: dueStore(connection),
    fileUse: fileUseStore(connection),
    statistics: statisticsStore(connection),
    attempts: attemptStore(connection),
    ping: async () => {
      await connection.first(PING, 'schema')
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}
