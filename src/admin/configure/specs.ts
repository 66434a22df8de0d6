import { join } from 'node:path'

import { javaArguments } from '../cassandra/node-files.ts'
import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Listening, Service } from '../inventory/deployment.ts'
import { KINDS } from '../inventory/kinds.ts'
import type { ServiceKind } from '../inventory/kinds.ts'
import { MEMORY_POOLS, YOUNG_FLAG } from '../node-programs.ts'
import { nodeOf } from './cassandra.ts'
import type { ServiceSpec } from './manifest.ts'

/** A browser's connection is moved to another hub within this, in seconds. */
const HUB_GRACE_S = 60
/** Projects get time to save. */
const PROJECT_SERVER_GRACE_S = 30
/** What it has is written on SIGTERM; a killed one reads its log again at the start. */
const CASSANDRA_GRACE_S = 60
const GRACE_S = 10

/** Of a Node process, how much of its limit its heap may take: buffers and code are beside it. */
const HEAP_SHARE = 0.75

/** How each service is run on its host. */
export function specOf(deployment: Deployment, service: Service): ServiceSpec {
  const { host, id, kind } = service
  const configured = (...names: string[]): string => join(host.configuration, ...names)
  const state = join(host.data, id)
  const own = SPECS[kind]({ deployment, service, configured, state })
  const after = host.services.filter((other) => KINDS[kind].after.includes(other.kind))
  return {
    id,
    kind,
    environment: {},
    folders: [state],
    after: after.map((other) => other.id),
    memoryMB: service.memoryMB,
    graceS: GRACE_S,
    notifies: false,
    ...own,
  }
}

interface From {
  readonly deployment: Deployment
  readonly service: Service
  readonly configured: (...names: string[]) => string
  readonly state: string
}
type Own = Pick<ServiceSpec, 'command' | 'ready'> & Partial<ServiceSpec>

const SPECS: Readonly<Record<ServiceKind, (from: From) => Own>> = {
  stunnel: ({ service, configured }) => ({
    command: ['stunnel', configured('stunnel', 'stunnel.conf')],
    ready: portReady(listening(service, 'https')),
    reloadSignal: 'SIGHUP',
  }),
  haproxy: ({ service, configured }) => ({
    // Master and worker: at SIGUSR2 new workers take over, and old ones end with their last connection.
    command: ['haproxy', '-W', '-db', '-f', configured('haproxy', 'haproxy.cfg')],
    ready: { kind: 'http', url: `http://${hostAndPort(listening(service, 'stats'))}/metrics` },
    reloadSignal: 'SIGUSR2',
  }),
  nginx: ({ service, configured, state }) => ({
    command: ['nginx', '-e', 'stderr', '-p', state, '-c', configured('nginx', 'nginx.conf')],
    ready: { kind: 'http', url: `http://${hostAndPort(listening(service, 'files'))}/alive` },
    reloadSignal: 'SIGHUP',
  }),
  hub: ({ deployment, service, configured }) => ({
    command: [
      ...node(deployment, service, 'hub'),
      '--config',
      configured('hub', `${service.id}.json`),
    ],
    environment: MEMORY_POOLS,
    ready: {
      kind: 'http',
      url: `http://${hostAndPort(listening(service, 'pages'))}${deployment.publicUrl.pathname}alive`,
    },
    graceS: HUB_GRACE_S,
    notifies: true,
  }),
  'project-server': ({ deployment, service, state }) => ({
    // Written by the preparation of the host.
    command: [
      ...node(deployment, service, 'project-server'),
      '--config',
      join(state, 'settings.json'),
    ],
    environment: MEMORY_POOLS,
    ready: portReady(listening(service, 'control')),
    graceS: PROJECT_SERVER_GRACE_S,
    notifies: true,
  }),
  nats: ({ service, configured }) => ({
    command: ['nats-server', '-c', configured('nats', 'nats.conf')],
    ready: portReady(listening(service, 'client')),
    reloadSignal: 'SIGHUP',
  }),
  cassandra: ({ deployment, service, state }) => ({
    command: [
      'java',
      ...javaArguments(nodeOf(deployment, service), [`${deployment.cassandraDir ?? ''}/*`]),
    ],
    environment: { MALLOC_ARENA_MAX: '2' },
    folders: [state, join(state, 'logs')],
    ready: portReady(listening(service, 'cql')),
    graceS: CASSANDRA_GRACE_S,
  }),
  powerdns: ({ service, configured }) => ({
    command: ['pdns_server', `--config-dir=${configured('powerdns')}`],
    ready: portReady(listening(service, 'dns')),
  }),
  prometheus: ({ service, configured, state }) => ({
    command: [
      'prometheus',
      `--config.file=${configured('prometheus', 'prometheus.yml')}`,
      `--storage.tsdb.path=${state}`,
      `--web.listen-address=${hostAndPort(listening(service, 'web'))}`,
    ],
    ready: { kind: 'http', url: `http://${hostAndPort(listening(service, 'web'))}/-/ready` },
    reloadSignal: 'SIGHUP',
  }),
  alertmanager: ({ service, configured, state }) => ({
    command: [
      'prometheus-alertmanager',
      `--config.file=${configured('alertmanager', 'alertmanager.yml')}`,
      `--storage.path=${state}`,
      `--web.listen-address=${hostAndPort(listening(service, 'web'))}`,
      // Each datacenter's Prometheus tells all of them, which needs no cluster of theirs.
      '--cluster.listen-address=',
    ],
    ready: { kind: 'http', url: `http://${hostAndPort(listening(service, 'web'))}/-/ready` },
    reloadSignal: 'SIGHUP',
  }),
}

function portReady({ address, port }: Listening): ServiceSpec['ready'] {
  // What listens on all addresses is asked at one of them.
  const asked = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return { kind: 'port', address: asked, port }
}

function node({ programDir }: Deployment, { memoryMB }: Service, program: string): string[] {
  const heapMB = Math.floor(memoryMB * HEAP_SHARE)
  return [
    'node',
    '--enable-source-maps',
    YOUNG_FLAG,
    `--max-old-space-size=${heapMB}`,
    join(programDir, 'dist', `${program}.js`),
  ]
}
