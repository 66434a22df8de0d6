import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { connectCassandra } from '../../database/cassandra/connection.ts'
import { cql } from '../../database/cassandra/cql.ts'
import type { Deployment, Host } from '../inventory/deployment.ts'
import type { Finding } from './finding.ts'
import { well, wrong } from './finding.ts'

/** What a node knows of the others. */
const PEERS = cql`SELECT peer FROM system.peers`

/** Whether each node of Cassandra answers and knows all others; asked from a host that has hubs or a node. */
export async function checkCassandra(
  deployment: Deployment,
  here: readonly Host[],
): Promise<readonly Finding[]> {
  const nodes = deployment.servicesOf('cassandra').map(({ host }) => host)
  const kinds = new Set(here.flatMap(({ services }) => services.map(({ kind }) => kind)))
  if (nodes.length === 0 || !(kinds.has('hub') || kinds.has('cassandra'))) return []
  const password = passwordOf(deployment, here)
  return Promise.all(
    nodes.map(async (host) => {
      const peers = await peersOf(host, password)
      const others = nodes.filter((node) => node !== host)
      if (typeof peers === 'string') {
        return wrong(
          `Cassandra on ${host.name}: ${peers}`,
          `salvus logs cassandra --on ${host.name}`,
        )
      }
      const unknown = others.filter(({ address }) => !peers.includes(address))
      if (unknown.length === 0) {
        return well(`Cassandra on ${host.name} knows the ${others.length} other nodes`)
      }
      return wrong(
        `Cassandra on ${host.name} does not know ${unknown.map(({ name }) => name).join(', ')}`,
        'Look at the log of both; a node that was lost for good: nodetool removenode',
      )
    }),
  )
}

/** The addresses that a node tells, or why it tells none. */
async function peersOf(
  host: Host,
  password: string | undefined,
): Promise<readonly string[] | string> {
  try {
    await using connection = await connectCassandra({
      contactPoints: [host.address],
      localDataCenter: host.datacenter,
      onlyContactPoints: true,
      credentials: password === undefined ? undefined : { username: 'salvus', password },
    })
    return (await connection.all(PEERS)).map((row) => String(row['peer']))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function passwordOf({ inventory }: Deployment, here: readonly Host[]): string | undefined {
  const host = here.find(({ services }) => services.some(({ kind }) => kind === 'hub'))
  if (!inventory.cassandra.passwords || host === undefined) return undefined
  return readFileSync(join(host.configuration, 'secrets', 'cassandra'), 'utf8').trim()
}
