import { replicationOf } from '../configure/cassandra.ts'
import type { Deployment } from '../inventory/deployment.ts'
import type { Finding } from './finding.ts'
import { warning, well } from './finding.ts'

/**
 * Whether every datacenter may be lost without losing what needs a majority of all copies: that a project runs once
 * only, and that an e-mail address belongs to one account.
 */
export function checkSurvival(deployment: Deployment): Finding | undefined {
  if (deployment.servicesOf('cassandra').length === 0) return undefined
  const copies = Object.entries(replicationOf(deployment))
  const total = copies.reduce((sum, [, count]) => sum + count, 0)
  const majority = Math.floor(total / 2) + 1
  const fatal = copies.filter(([, count]) => total - count < majority).map(([name]) => name)
  const plain = copies.map(([name, count]) => `${name} ${count}`).join(', ')
  if (fatal.length === 0) {
    return well(`any datacenter may be lost: of copies ${plain}, ${majority} decide`)
  }
  return warning(
    `after the loss of ${fatal.join(' or ')} nobody can sign up, and projects that ran there stay down until an ` +
      `operator says that it is lost: of copies ${plain}, ${majority} decide`,
    'A third datacenter with one node of Cassandra is enough; see docs/operations/services.md.',
  )
}
