import { join } from 'node:path'

import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { Secrets } from '../inventory/secrets.ts'
import type { GeneratedFile } from './file.ts'

/**
 * A project server: what an inventory says of it. Where the programs of projects lie is found on the host, when it is
 * prepared, and added there (src/admin/services/prepare.ts).
 */
export function projectServerFiles(
  { inventory }: Deployment,
  service: Service,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const { host } = service
  const name = `project-server-${host.name}`
  const { documentDurability } = inventory.site
  const settings = {
    host: host.name,
    address: `tcp:${hostAndPort(listening(service, 'control'))}`,
    secretFile: join(host.configuration, 'secrets', name),
    ...(documentDurability === undefined ? {} : { documentDurability }),
  }
  return [
    { path: 'project-server/settings.json', text: `${JSON.stringify(settings, undefined, 2)}\n` },
    { path: `secrets/${name}`, text: `${secrets.projectServers[host.name] ?? ''}\n`, secret: true },
  ]
}
