import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { Secrets } from '../inventory/secrets.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** A message of the bus is a fact's name and number; what is larger was never one of ours. */
const MESSAGE_BYTES_MAX = 1024 * 1024
/** A hub that does not read so much is cut off, and reads the database when it is back. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024

/**
 * A NATS server: the servers of a datacenter are a cluster, the datacenters are joined by gateways. Addresses with
 * passwords in them are in a file of their own.
 */
export function natsFiles(
  deployment: Deployment,
  service: Service,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const { host } = service
  const { nats } = secrets
  if (nats === undefined) return []
  const gateways = gatewaysOf(deployment, nats.gateway)
  const own = lines(
    banner('#'),
    'include "secrets.conf"',
    `server_name: "${host.name}"`,
    `listen: "${hostAndPort(listening(service, 'client'))}"`,
    `http: "${hostAndPort(listening(service, 'monitor'))}"`,
    `max_payload: ${MESSAGE_BYTES_MAX}`,
    `max_pending: ${PENDING_BYTES_MAX}`,
    'ping_interval: "5s"',
    'ping_max: 2',
    'authorization { user: hub, password: $HUB_PASSWORD }',
    'cluster {',
    `  name: "${host.datacenter}"`,
    `  listen: "${hostAndPort(listening(service, 'cluster'))}"`,
    '  authorization { user: cluster, password: $CLUSTER_PASSWORD, timeout: 2 }',
    '  routes: $ROUTES',
    '}',
    ...(gateways.length > 1 ? gatewaySection(service) : []),
  )
  const routes = deployment
    .servicesOf('nats', host.datacenter)
    .filter((other) => other !== service)
    .map((other) => urlOf(other, { port: 'cluster', user: 'cluster', password: nats.cluster }))
  const secret = lines(
    banner('#'),
    `HUB_PASSWORD: "${nats.hub}"`,
    `CLUSTER_PASSWORD: "${nats.cluster}"`,
    `ROUTES: ${JSON.stringify(routes)}`,
    // What is not used is refused.
    ...(gateways.length > 1
      ? [
          `GATEWAY_PASSWORD: "${nats.gateway}"`,
          'GATEWAYS: [',
          ...gateways.map(
            ({ name, urls }) => `  { name: "${name}", urls: ${JSON.stringify(urls)} }`,
          ),
          ']',
        ]
      : []),
  )
  return [
    { path: 'nats/nats.conf', text: own },
    { path: 'nats/secrets.conf', text: secret, secret: true },
  ]
}

function gatewaySection(service: Service): readonly string[] {
  return [
    'gateway {',
    `  name: "${service.host.datacenter}"`,
    `  listen: "${hostAndPort(listening(service, 'gateway'))}"`,
    '  reject_unknown: true',
    '  authorization { user: gateway, password: $GATEWAY_PASSWORD, timeout: 2 }',
    '  gateways: $GATEWAYS',
    '}',
  ]
}

/** All datacenters that have a server, this one among them, as every server is told the same. */
function gatewaysOf(deployment: Deployment, password: string) {
  return Object.keys(deployment.inventory.datacenters).flatMap((name) => {
    const servers = deployment.servicesOf('nats', name)
    const urls = servers.map((server) =>
      urlOf(server, { port: 'gateway', user: 'gateway', password }),
    )
    return urls.length === 0 ? [] : [{ name, urls }]
  })
}

function urlOf(
  service: Service,
  { port, user, password }: { port: string; user: string; password: string },
): string {
  return `nats://${user}:${password}@${hostAndPort(listening(service, port))}`
}
