import type { Deployment, Host, Service } from '../inventory/deployment.ts'
import type { ServiceKind } from '../inventory/kinds.ts'
import type { Secrets } from '../inventory/secrets.ts'
import { cassandraFiles } from './cassandra.ts'
import type { GeneratedFile } from './file.ts'
import { haproxyFiles } from './haproxy.ts'
import { hubFiles } from './hub.ts'
import { MANIFEST } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import { alertmanagerFiles, prometheusFiles } from './monitoring.ts'
import { natsFiles } from './nats.ts'
import { nginxFiles } from './nginx.ts'
import { powerdnsFiles } from './powerdns.ts'
import { projectServerFiles } from './project-server.ts'
import { specOf } from './specs.ts'
import { stunnelFiles } from './stunnel.ts'
import { systemdFiles } from './systemd.ts'
import { GENERATED } from './write.ts'

type Generator = (
  deployment: Deployment,
  service: Service,
  secrets: Secrets,
) => readonly GeneratedFile[]

const GENERATORS: Readonly<Record<ServiceKind, Generator>> = {
  stunnel: stunnelFiles,
  haproxy: haproxyFiles,
  nginx: nginxFiles,
  hub: hubFiles,
  'project-server': projectServerFiles,
  nats: natsFiles,
  cassandra: cassandraFiles,
  powerdns: powerdnsFiles,
  prometheus: prometheusFiles,
  alertmanager: alertmanagerFiles,
}

/** All files of a host, each path once, in order of their paths. */
export function generateFiles(
  deployment: Deployment,
  host: Host,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const manifest = manifestOf(deployment, host)
  const all = [
    ...host.services.flatMap((service) => GENERATORS[service.kind](deployment, service, secrets)),
    ...systemdFiles(deployment, host, manifest.services),
    { path: MANIFEST, text: `${JSON.stringify(manifest, undefined, 2)}\n` },
  ]
  const byPath = new Map(all.map((file) => [file.path, file]))
  const paths = [...byPath.keys(), GENERATED].sort()
  byPath.set(GENERATED, { path: GENERATED, text: `${paths.join('\n')}\n` })
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What runs on a host. */
export function manifestOf(deployment: Deployment, host: Host): Manifest {
  return {
    deployment: deployment.name,
    host: host.name,
    datacenter: host.datacenter,
    data: host.data,
    program: deployment.programDir,
    services: host.services.map((service) => specOf(deployment, service)),
  }
}
