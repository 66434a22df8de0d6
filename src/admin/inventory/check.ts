import type { Deployment, Host, Listening, Service } from './deployment.ts'

/** What is wrong with a deployment whose values are each right by themselves: a place in the inventory, and why. */
export interface Contradiction {
  readonly path: readonly string[]
  readonly why: string
}

/** Everything that contradicts something else. */
export function contradictions(deployment: Deployment): readonly Contradiction[] {
  return [
    ...siteContradictions(deployment),
    ...deployment.hosts.flatMap((host) => hostContradictions(deployment, host)),
    ...clusterContradictions(deployment),
    ...portClashes(deployment),
  ]
}

function siteContradictions({ inventory, publicUrl, contentUrl }: Deployment): Contradiction[] {
  const found: Contradiction[] = []
  const at = (key: string, why: string): void => {
    found.push({ path: ['site', key], why })
  }
  if (publicUrl.hostname === contentUrl.hostname) {
    at(
      'contentUrl',
      'must have another host name than publicUrl: what users make is kept apart by it',
    )
  }
  const tls = inventory.tls !== undefined
  for (const [key, url] of Object.entries({ publicUrl, contentUrl })) {
    if (tls && url.protocol !== 'https:') at(key, 'must begin with https: where there is [tls]')
    if (!tls && url.protocol !== 'http:') at(key, 'begins with https:, but there is no [tls]')
  }
  return found
}

function hostContradictions({ inventory }: Deployment, host: Host): Contradiction[] {
  const found: Contradiction[] = []
  const at = (key: string, why: string): void => {
    found.push({ path: ['hosts', host.name, key], why })
  }
  const kinds = new Set(host.services.map(({ kind }) => kind))
  if (inventory.datacenters[host.datacenter] === undefined) {
    const known = Object.keys(inventory.datacenters).join(', ')
    at('datacenter', `"${host.datacenter}" is not among the datacenters (${known})`)
  }
  if (kinds.has('stunnel') && inventory.tls === undefined) {
    at('services', 'stunnel needs a certificate: [tls] certificateFile')
  }
  if (kinds.has('stunnel') && !kinds.has('haproxy')) {
    at('services', 'stunnel hands on to the haproxy of its own host, which is missing')
  }
  if (kinds.has('powerdns') && inventory.dns === undefined) {
    at('services', 'powerdns needs a zone: [dns]')
  }
  if (kinds.has('alertmanager') && inventory.alarms === undefined) {
    at('services', 'alertmanager needs somebody to mail to: [alarms] to')
  }
  if (kinds.has('cassandra') && inventory.paths.cassandra === undefined) {
    at('services', 'cassandra needs the folder of its jars: [paths] cassandra')
  }
  return found
}

function clusterContradictions(deployment: Deployment): Contradiction[] {
  const found: Contradiction[] = []
  const hubs = deployment.servicesOf('hub')
  if (hubs.length > 1 && deployment.servicesOf('nats').length === 0) {
    found.push({
      path: ['hosts'],
      why: `${hubs.length} hubs need a bus: give a host the service nats`,
    })
  }
  const hubHosts = new Set(hubs.map(({ host }) => host.name))
  const cassandra = deployment.servicesOf('cassandra')
  if (hubHosts.size > 1 && cassandra.length === 0) {
    const why = `hubs on ${hubHosts.size} hosts need a database that all reach: the service cassandra`
    found.push({ path: ['hosts'], why })
  }
  for (const datacenter of new Set(hubs.map(({ host }) => host.datacenter))) {
    if (cassandra.length === 0 || deployment.servicesOf('cassandra', datacenter).length > 0)
      continue
    const why = 'its hubs need nodes of Cassandra in their own datacenter'
    found.push({ path: ['datacenters', datacenter], why })
  }
  for (const [datacenter, copies] of Object.entries(
    deployment.inventory.cassandra.replication ?? {},
  )) {
    const nodes = deployment.servicesOf('cassandra', datacenter).length
    if (copies <= nodes) continue
    const path = ['cassandra', 'replication', datacenter]
    found.push({ path, why: `${copies} copies need as many nodes; there are ${nodes}` })
  }
  return found
}

function portClashes({ hosts }: Deployment): Contradiction[] {
  const all = hosts.flatMap((host) =>
    host.services.flatMap((service) =>
      Object.entries(service.listens).map(([name, at]) => ({ service, name, at })),
    ),
  )
  const found: Contradiction[] = []
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(0, index)) {
      if (!clash(one, other)) continue
      const { service, name, at } = one
      const owner = `${other.service.id} of ${other.service.host.name} (${other.name})`
      const path = ['hosts', service.host.name, 'ports', service.kind, name]
      found.push({ path, why: `port ${at.port} of ${at.address} is taken by ${owner}` })
    }
  }
  return found
}

interface Bound {
  readonly service: Service
  readonly at: Listening
}

function clash(one: Bound, other: Bound): boolean {
  if (one.at.port !== other.at.port) return false
  const sameHost = one.service.host === other.service.host
  const isAny = ({ at }: Bound): boolean => at.address === '0.0.0.0' || at.address === '::'
  if (sameHost && (isAny(one) || isAny(other))) return true
  if (one.at.address !== other.at.address) return false
  // Each machine has its own 127.0.0.1, and its own "all addresses".
  return sameHost || !(one.at.address === '127.0.0.1' || isAny(one))
}
