import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Host, Service } from '../inventory/deployment.ts'
import type { Finding } from './finding.ts'
import { warning, well, wrong } from './finding.ts'

const ANSWER_MS = 3_000
/** The answer tells whole seconds. */
const RESOLUTION_MS = 1_000
/** Leases allow for so much between two clocks; times that people see are wrong long before. */
const WRONG_MS = 5_000
const WARNING_MS = 1_000

/** How far the clocks of other hosts are from this one's, as far as they have a service that tells a time. */
export async function checkClocks(
  deployment: Deployment,
  hosts: readonly Host[],
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    hosts.map(async (host) => {
      const service = host.services.find(({ kind }) => kind === 'hub' || kind === 'nginx')
      const aheadMs = service === undefined ? undefined : await clockAhead(deployment, service)
      return aheadMs === undefined ? undefined : judgeClock(host.name, aheadMs)
    }),
  )
  return found.filter((finding) => finding !== undefined)
}

/** By how much less than the resolution of the answer is not known, so that much is taken off. */
export function judgeClock(name: string, aheadMs: number): Finding {
  const certainMs = Math.max(0, Math.abs(aheadMs) - RESOLUTION_MS)
  const remedy = `Let ${name} and this host get their time from the network: apt install chrony`
  const text = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`
  if (certainMs > WRONG_MS) return wrong(`the clock of ${name} is ${text}`, remedy)
  if (certainMs > WARNING_MS) return warning(`the clock of ${name} is ${text}`, remedy)
  return well(`the clock of ${name} agrees with this one's`)
}

async function clockAhead(
  { publicUrl }: Deployment,
  service: Service,
): Promise<number | undefined> {
  const isHub = service.kind === 'hub'
  const at = listening(service, isHub ? 'pages' : 'files')
  const path = isHub ? `${publicUrl.pathname}alive` : '/alive'
  const askedMs = Date.now()
  try {
    const response = await fetch(`http://${hostAndPort(at)}${path}`, {
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    await response.body?.cancel()
    const toldMs = Date.parse(response.headers.get('date') ?? '')
    if (Number.isNaN(toldMs)) return undefined
    // Somewhere within the second that was told, and between question and answer.
    return toldMs + RESOLUTION_MS / 2 - (askedMs + Date.now()) / 2
  } catch {
    // Not reached: another check says so.
    return undefined
  }
}
