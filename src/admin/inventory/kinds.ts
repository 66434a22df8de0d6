/** Where a port of a service is listened on: for people, for our other machines, or for this machine only. */
export type Reach = 'front' | 'private' | 'local'

interface Port {
  readonly port: number
  readonly reach: Reach
}

interface Kind {
  /** By the name under which an inventory may give another number. */
  readonly ports: Readonly<Record<string, Port>>
  /** What it may take before it is ended and started again, in megabytes. */
  readonly memoryMB: number
  /** What has to serve before it, where it is on the same host. */
  readonly after: readonly ServiceKind[]
}

/** Between the ports of a host's hubs: each has three. */
export const HUB_PORT_STEP = 10

export const SERVICE_KINDS = [
  'stunnel',
  'haproxy',
  'nginx',
  'hub',
  'project-server',
  'nats',
  'cassandra',
  'powerdns',
  'prometheus',
  'alertmanager',
] as const
export type ServiceKind = (typeof SERVICE_KINDS)[number]

/** Every kind of service that an installation may have, with what holds where an inventory says nothing. */
export const KINDS: Readonly<Record<ServiceKind, Kind>> = {
  stunnel: {
    ports: { https: { port: 443, reach: 'front' } },
    memoryMB: 256,
    after: ['haproxy'],
  },
  haproxy: {
    ports: {
      https: { port: 443, reach: 'front' },
      http: { port: 80, reach: 'front' },
      fromStunnel: { port: 8000, reach: 'local' },
      stats: { port: 8404, reach: 'private' },
    },
    memoryMB: 1024,
    after: ['hub', 'nginx'],
  },
  nginx: { ports: { files: { port: 8005, reach: 'private' } }, memoryMB: 256, after: [] },
  hub: {
    ports: {
      pages: { port: 8010, reach: 'private' },
      content: { port: 8011, reach: 'private' },
      metrics: { port: 8012, reach: 'private' },
    },
    memoryMB: 1024,
    after: ['nats', 'cassandra'],
  },
  'project-server': {
    ports: { control: { port: 8100, reach: 'private' } },
    memoryMB: 512,
    after: [],
  },
  nats: {
    ports: {
      client: { port: 4222, reach: 'private' },
      cluster: { port: 6222, reach: 'private' },
      gateway: { port: 7222, reach: 'private' },
      monitor: { port: 8222, reach: 'local' },
    },
    memoryMB: 256,
    after: [],
  },
  cassandra: {
    ports: {
      cql: { port: 9042, reach: 'private' },
      storage: { port: 7000, reach: 'private' },
    },
    memoryMB: 4096,
    after: [],
  },
  powerdns: {
    ports: { dns: { port: 53, reach: 'front' } },
    memoryMB: 256,
    after: [],
  },
  prometheus: { ports: { web: { port: 9090, reach: 'local' } }, memoryMB: 1024, after: [] },
  alertmanager: {
    ports: { web: { port: 9093, reach: 'private' } },
    memoryMB: 256,
    after: [],
  },
}
