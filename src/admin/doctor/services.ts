import type { Manifest } from '../configure/manifest.ts'
import { hostAndPort } from '../inventory/deployment.ts'
import type { Deployment, Host } from '../inventory/deployment.ts'
import { KINDS } from '../inventory/kinds.ts'
import { answers } from '../services/ready.ts'
import type { Finding } from './finding.ts'
import { well, wrong } from './finding.ts'

/** Whether the services of this host answer. */
export async function checkServices(manifest: Manifest): Promise<readonly Finding[]> {
  return Promise.all(
    manifest.services.map(async ({ id, ready }) => {
      const where = ready.kind === 'http' ? ready.url : `${ready.address}:${ready.port}`
      if (await answers(ready)) return well(`${id} answers at ${where}`)
      return wrong(`${id} does not answer at ${where}`, `salvus logs ${id}; salvus restart ${id}`)
    }),
  )
}

/** Whether another host's ports can be reached from here: those that services of other hosts use. */
export async function checkReachable(host: Host): Promise<Finding> {
  const ports = host.services.flatMap((service) =>
    Object.entries(service.listens)
      .filter(([name]) => KINDS[service.kind].ports[name]?.reach === 'private')
      .map(([name, at]) => ({ name: `${service.id} ${name}`, at })),
  )
  const closed = await Promise.all(
    ports.map(async ({ name, at }) => {
      const { address, port } = at
      return (await answers({ kind: 'port', address, port }))
        ? []
        : [`${name} (${hostAndPort(at)})`]
    }),
  )
  const names = closed.flat()
  if (names.length === 0)
    return well(`${host.name}: all of its ${ports.length} ports can be reached`)
  return wrong(
    `${host.name} can't be reached at ${names.join(', ')}`,
    `salvus status --on ${host.name}; and look at the firewalls between`,
  )
}

/** The other hosts. */
export function othersThan(deployment: Deployment, hosts: readonly Host[]): readonly Host[] {
  return deployment.hosts.filter((host) => !hosts.includes(host))
}
