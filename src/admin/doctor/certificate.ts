import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

import type { Deployment } from '../inventory/deployment.ts'
import type { Finding } from './finding.ts'
import { warning, well, wrong } from './finding.ts'

const DAY_MS = 24 * 60 * 60_000
/** Authorities renew a month before the end: by then something has failed for a week. */
const SOON_DAYS = 21

/** Whether the certificate of the site holds, for how long, and for both host names. */
export function checkCertificate(deployment: Deployment, nowMs: number): readonly Finding[] {
  const { certificateFile: file } = deployment
  if (file === undefined) return []
  const renew = 'See docs/operations/tls.md; then: salvus reload haproxy, salvus reload stunnel'
  if (!existsSync(file)) return [wrong(`there is no certificate ${file}`, renew)]
  const text = readFileSync(file, 'utf8')
  if (!text.includes('PRIVATE KEY')) {
    return [wrong(`${file} holds no key`, 'cat certificate and key into it, in this order')]
  }
  const certificate = new X509Certificate(text)
  const names = [deployment.publicUrl.hostname, deployment.contentUrl.hostname]
  const missing = names.filter((name) => !holdsFor(certificate, name))
  const days = Math.floor((Date.parse(certificate.validTo) - nowMs) / DAY_MS)
  const findings: Finding[] = []
  if (missing.length > 0)
    findings.push(wrong(`${file} does not hold for ${missing.join(', ')}`, renew))
  if (days < 0) findings.push(wrong(`${file} has expired, ${-days} days ago`, renew))
  else if (days < SOON_DAYS) findings.push(warning(`${file} expires in ${days} days`, renew))
  else findings.push(well(`the certificate holds for ${days} days`))
  return findings
}

function holdsFor(certificate: X509Certificate, name: string): boolean {
  const isAddress = /^[\d.]+$|:/.test(name)
  return (isAddress ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined
}
