import { CodedError } from '../../util/coded-error.ts'
import { replicationText } from './apply-schema.ts'
import type { Replication } from './apply-schema.ts'
import { connectCassandra } from './connection.ts'
import type { CassandraAddress } from './client-options.ts'

type Credentials = NonNullable<CassandraAddress['credentials']>

/**
 * Makes the user of hubs, or gives it another password: it may read and write the keyspace and make its tables, and
 * nothing else. Users are kept as often as everything else from then on: a new cluster has one copy of them. The name
 * and the password of the address are of somebody who may do that.
 */
export async function makeUser(
  address: CassandraAddress & { readonly keyspace: string },
  user: Credentials,
  replication: Replication,
): Promise<void> {
  const { keyspace, ...superuser } = address
  if (!/^[A-Za-z][A-Za-z0-9_]{0,47}$/.test(user.username)) {
    throw new CodedError('bad_configuration', `"${user.username}" is no name of a user`)
  }
  await using connection = await connectCassandra(superuser)
  await connection.define(
    `ALTER KEYSPACE system_auth WITH replication = ${replicationText(replication)}`,
  )
  const password = `'${user.password.replaceAll("'", "''")}'`
  const name = `"${user.username}"`
  await connection.define(`CREATE ROLE IF NOT EXISTS ${name} WITH LOGIN = true`)
  await connection.define(`ALTER ROLE ${name} WITH PASSWORD = ${password} AND LOGIN = true`)
  for (const right of ['CREATE', 'ALTER', 'SELECT', 'MODIFY']) {
    await connection.define(`GRANT ${right} ON KEYSPACE ${keyspace} TO ${name}`)
  }
}
