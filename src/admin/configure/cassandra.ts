import { join } from 'node:path'

import type { CassandraNode } from '../cassandra/node-files.ts'
import { nodeFiles } from '../cassandra/node-files.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { GeneratedFile } from './file.ts'

/** A starting node asks these first: two of each datacenter, so that one may be away. */
const SEEDS_PER_DATACENTER = 2
/** With three, one node of a datacenter may be away and a majority is left. */
const COPIES = 3
/** Between the places of two datacenters on the ring: no two nodes have the same. */
const DATACENTER_OFFSET = 100n
const RING_START = -(2n ** 63n)
const RING_LENGTH = 2n ** 64n

/** A node of Cassandra, as its own folder of the inventory describes it. */
export function cassandraFiles(deployment: Deployment, service: Service): readonly GeneratedFile[] {
  return Object.entries(nodeFiles(nodeOf(deployment, service))).map(([name, text]) => ({
    path: join('cassandra', name),
    text,
  }))
}

/** What an inventory says of a node. */
export function nodeOf(deployment: Deployment, service: Service): CassandraNode {
  const { host } = service
  const { cassandra, datacenters } = deployment.inventory
  const seeds = Object.keys(datacenters).flatMap((name) =>
    deployment
      .servicesOf('cassandra', name)
      .slice(0, SEEDS_PER_DATACENTER)
      .map((node) => node.host.address),
  )
  return {
    clusterName: deployment.name,
    address: host.address,
    dataCenter: host.datacenter,
    rack: host.rack,
    seeds,
    folder: join(host.data, service.id),
    configurationFolder: join(host.configuration, 'cassandra', 'conf'),
    heapMb: cassandra.heapMB,
    token: cassandra.startTogether ? placeOnRing(deployment, service) : undefined,
    passwords: cassandra.passwords,
  }
}

/** Copies of everything in each datacenter: what the inventory says, else as many as there are nodes, at most 3. */
export function replicationOf(deployment: Deployment): Readonly<Record<string, number>> {
  const { cassandra, datacenters } = deployment.inventory
  if (cassandra.replication !== undefined) return cassandra.replication
  const counts = Object.keys(datacenters).map((name) => {
    const { length } = deployment.servicesOf('cassandra', name)
    return [name, Math.min(length, COPIES)] as const
  })
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** Spreads the nodes of each datacenter evenly. */
function placeOnRing(deployment: Deployment, service: Service): string {
  const { datacenter } = service.host
  const nodes = deployment.servicesOf('cassandra', datacenter)
  const names = Object.keys(deployment.inventory.datacenters)
  const step = RING_LENGTH / BigInt(nodes.length)
  const offset = DATACENTER_OFFSET * BigInt(names.indexOf(datacenter))
  return String(RING_START + step * BigInt(nodes.indexOf(service)) + offset)
}
