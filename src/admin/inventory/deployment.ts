import { isAbsolute, join } from 'node:path'

import { ROOT_DIR } from '../options.ts'
import { HUB_PORT_STEP, KINDS } from './kinds.ts'
import type { Reach, ServiceKind } from './kinds.ts'
import type { Inventory } from './schema.ts'

/** A machine of the installation, or an address that plays one. */
export interface Host {
  readonly name: string
  readonly datacenter: string
  readonly rack: string
  /** Where the other hosts reach it. */
  readonly address: string
  /** Where people reach it. */
  readonly publicAddress: string
  /** What services for people listen on. */
  readonly listen: string
  /** What services for this host alone listen on. */
  readonly local: string
  readonly ssh: string | undefined
  /** The folder of its generated files. */
  readonly configuration: string
  readonly data: string
  readonly services: readonly Service[]
}

/** One process of one host. */
export interface Service {
  /** Unique on its host: the kind, and a number where there are several. */
  readonly id: string
  readonly kind: ServiceKind
  readonly host: Host
  readonly listens: Readonly<Record<string, Listening>>
  readonly memoryMB: number
}

export interface Listening {
  readonly address: string
  readonly port: number
}

/** An inventory with everything filled in. */
export interface Deployment {
  readonly name: string
  /** Of the inventory. */
  readonly folder: string
  readonly environment: string | undefined
  readonly inventory: Inventory
  readonly publicUrl: URL
  readonly contentUrl: URL
  readonly programDir: string
  /** The built pages. */
  readonly clientDir: string
  /** Certificates and key of the site; without it there is no TLS. */
  readonly certificateFile: string | undefined
  /** The jars of Cassandra. */
  readonly cassandraDir: string | undefined
  readonly hosts: readonly Host[]
  servicesOf(kind: ServiceKind, datacenter?: string): readonly Service[]
}

export function resolveDeployment(
  inventory: Inventory,
  from: { readonly folder: string; readonly environment: string | undefined },
): Deployment {
  const { paths, site } = inventory
  const programDir = absolute(paths.program)
  const hosts = Object.keys(inventory.hosts).map((name) => resolveHost(inventory, name))
  return {
    ...from,
    name: inventory.name,
    inventory,
    publicUrl: new URL(site.publicUrl),
    contentUrl: new URL(site.contentUrl),
    programDir,
    clientDir:
      paths.client === undefined ? join(programDir, 'dist/client') : absolute(paths.client),
    certificateFile: inventory.tls && absolute(inventory.tls.certificateFile),
    cassandraDir: paths.cassandra === undefined ? undefined : absolute(paths.cassandra),
    hosts,
    servicesOf: (kind, datacenter) =>
      hosts
        .filter((host) => datacenter === undefined || host.datacenter === datacenter)
        .flatMap((host) => host.services.filter((service) => service.kind === kind)),
  }
}

/** @throws Error for a service whose kind has no such port: a bug */
export function listening(service: Service, port: string): Listening {
  const found = service.listens[port]
  if (found === undefined) throw new Error(`${service.id} has no port ${port}`)
  return found
}

/** As other programs write it: `10.1.0.11:80`, `[fd00::1]:80`. */
export function hostAndPort({ address, port }: Listening): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

function resolveHost(inventory: Inventory, name: string): Host {
  const given = inventory.hosts[name]
  if (given === undefined) throw new Error(`no host ${name}`)
  const { address } = given
  const place = (path: string): string =>
    absolute(path.replaceAll('{host}', name).replaceAll('{name}', inventory.name))
  const services: Service[] = []
  const host: Host = {
    name,
    datacenter: given.datacenter,
    rack: given.rack,
    address,
    publicAddress: given.publicAddress ?? address,
    listen: given.listen ?? address,
    // Hosts that are addresses of one machine must not meet at 127.0.0.1.
    local: address.startsWith('127.') ? address : '127.0.0.1',
    ssh: given.ssh,
    configuration: place(inventory.paths.configuration),
    data: place(inventory.paths.data),
    services,
  }
  for (const kind of new Set(given.services)) {
    const instances = kind === 'hub' ? given.hubs : 1
    for (let index = 0; index < instances; index++) {
      services.push({
        id: kind === 'hub' ? `hub-${index + 1}` : kind,
        kind,
        host,
        listens: listensOf(inventory, host, { kind, index }),
        memoryMB: given.memoryMB?.[kind] ?? inventory.memoryMB?.[kind] ?? KINDS[kind].memoryMB,
      })
    }
  }
  return host
}

function listensOf(
  inventory: Inventory,
  host: Host,
  { kind, index }: { readonly kind: ServiceKind; readonly index: number },
): Readonly<Record<string, Listening>> {
  const given = inventory.hosts[host.name]
  const entries = Object.entries(KINDS[kind].ports)
    .filter(([name]) => kind !== 'haproxy' || isUsed(inventory, host, name))
    .map(([name, { port, reach }]) => {
      const first = given?.ports?.[kind]?.[name] ?? inventory.ports?.[kind]?.[name] ?? port
      return [name, { address: addressFor(host, reach), port: first + index * HUB_PORT_STEP }]
    })
  return Object.fromEntries(entries) as Readonly<Record<string, Listening>>
}

/** TLS ends at stunnel where the host has one, else at haproxy; without a certificate there is none. */
function isUsed(inventory: Inventory, host: Host, port: string): boolean {
  const stunnel = inventory.hosts[host.name]?.services.includes('stunnel') === true
  if (port === 'https') return inventory.tls !== undefined && !stunnel
  return port !== 'fromStunnel' || stunnel
}

function addressFor(host: Host, reach: Reach): string {
  if (reach === 'front') return host.listen
  return reach === 'private' ? host.address : host.local
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(ROOT_DIR, path)
}
