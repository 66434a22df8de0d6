import { join } from 'node:path'

import { replicationOf } from './cassandra.ts'
import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { Secrets } from '../inventory/secrets.ts'
import type { GeneratedFile } from './file.ts'

/** Of a haproxy before the hub: it is the only one that adds to X-Forwarded-For. */
const PROXIES = 1

/** Of the role that hubs have in Cassandra. */
const DATABASE_USER = 'salvus'

/** A hub: what `src/hub/configuration/settings.ts` has settings for. */
export function hubFiles(
  deployment: Deployment,
  service: Service,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const { host } = service
  const { inventory } = deployment
  const { site } = inventory
  const secretsDir = secretsDirOf(service)
  const pages = listening(service, 'pages')
  const inFront = deployment.servicesOf('haproxy', host.datacenter).length > 0
  const settings = {
    dataDir: host.data,
    secretsDir,
    clientDir: deployment.clientDir,
    host: pages.address,
    port: pages.port,
    contentPort: listening(service, 'content').port,
    metricsHost: listening(service, 'metrics').address,
    metricsPort: listening(service, 'metrics').port,
    basePath: deployment.publicUrl.pathname,
    siteName: site.name,
    helpAddress: site.helpAddress,
    publicUrl: site.publicUrl,
    publicContentUrl: site.contentUrl,
    trustedProxies: inFront ? PROXIES : 0,
    ...(secrets.smtpUrl === undefined ? {} : { smtpUrlFile: join(secretsDir, 'smtp-url') }),
    ...(site.mailFrom === undefined ? {} : { mailFrom: site.mailFrom }),
    hubId: `${host.name}-${service.id}`,
    ...databaseOf(deployment, service),
    datacenter: host.datacenter,
    ...busOf(deployment, service),
    projectServers: deployment.servicesOf('project-server').map((server) => ({
      host: server.host.name,
      address: `tcp:${hostAndPort(listening(server, 'control'))}`,
      secretFile: join(secretsDir, `project-server-${server.host.name}`),
      datacenter: server.host.datacenter,
    })),
  }
  return [
    { path: `hub/${service.id}.json`, text: `${JSON.stringify(settings, undefined, 2)}\n` },
    ...hubSecrets(deployment, secrets),
  ]
}

/** Cassandra where the installation has it, else the SQLite file of the host. */
function databaseOf(deployment: Deployment, service: Service): object {
  const { datacenter } = service.host
  const nodes = deployment.servicesOf('cassandra', datacenter)
  if (nodes.length === 0) return {}
  const { keyspace, passwords } = deployment.inventory.cassandra
  const cassandra = {
    contactPoints: nodes.map(({ host }) => host.address),
    localDataCenter: datacenter,
    keyspace,
    replication: replicationOf(deployment),
    ...(passwords
      ? { user: DATABASE_USER, passwordFile: join(secretsDirOf(service), 'cassandra') }
      : {}),
  }
  return { database: { cassandra } }
}

/** The servers of its own datacenter; they tell the others. */
function busOf(deployment: Deployment, service: Service): object {
  const servers = deployment
    .servicesOf('nats', service.host.datacenter)
    .map((nats) => `nats://${hostAndPort(listening(nats, 'client'))}`)
  if (servers.length === 0) return {}
  const passwordFile = join(secretsDirOf(service), 'nats')
  return { bus: { servers, prefix: deployment.name, user: 'hub', passwordFile } }
}

/** The same for all hubs of a host. */
function hubSecrets(deployment: Deployment, secrets: Secrets): readonly GeneratedFile[] {
  const { smtpUrl, cassandra, nats } = secrets
  const found: Record<string, string | undefined> = {
    hub: secrets.hub,
    'smtp-url': smtpUrl,
    cassandra: cassandra?.password,
    nats: nats?.hub,
  }
  for (const { host } of deployment.servicesOf('project-server')) {
    found[`project-server-${host.name}`] = secrets.projectServers[host.name]
  }
  return Object.entries(found).flatMap(([name, text]) =>
    text === undefined ? [] : [{ path: `secrets/${name}`, text: `${text}\n`, secret: true }],
  )
}

function secretsDirOf({ host }: Service): string {
  return join(host.configuration, 'secrets')
}
