import { join } from 'node:path'

import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { Secrets } from '../inventory/secrets.ts'
import type { GeneratedFile } from './file.ts'

/** A host that is lost is missed so long, and a quarter; a database that is away is borne for two thirds of it. */
const LEASE_SECONDS = 30

/**
 * A project server: what an inventory says of it. Where the programs of projects lie is found on the host, when it is
 * prepared, and added there (src/admin/services/prepare.ts).
 */
export function projectServerFiles(
  deployment: Deployment,
  service: Service,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const { host } = service
  const name = `project-server-${host.name}`
  const { documentDurability } = deployment.inventory.site
  // The only one needs no right that another could have.
  const isOneOfSeveral = deployment.servicesOf('project-server').length > 1
  const settings = {
    host: host.name,
    address: `tcp:${hostAndPort(listening(service, 'control'))}`,
    secretFile: join(host.configuration, 'secrets', name),
    ...(isOneOfSeveral ? { leaseSeconds: LEASE_SECONDS } : {}),
    ...(documentDurability === undefined ? {} : { documentDurability }),
  }
  return [
    { path: 'project-server/settings.json', text: `${JSON.stringify(settings, undefined, 2)}\n` },
    { path: `secrets/${name}`, text: `${secrets.projectServers[host.name] ?? ''}\n`, secret: true },
  ]
}
