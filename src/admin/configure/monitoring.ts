import { join } from 'node:path'

import { hostAndPort, listening } from '../inventory/deployment.ts'
import type { Deployment, Service } from '../inventory/deployment.ts'
import type { ServiceKind } from '../inventory/kinds.ts'
import type { Secrets } from '../inventory/secrets.ts'
import { banner, lines } from './file.ts'
import type { GeneratedFile } from './file.ts'

/** What Prometheus asks: the kind of service, the name of its port, and in which datacenters' Prometheus. */
const WATCHED: readonly (readonly [ServiceKind, string])[] = [
  ['hub', 'metrics'],
  ['haproxy', 'stats'],
]

/** Prometheus: asks the hubs and haproxies of its datacenter, and tells the alertmanagers of all. */
export function prometheusFiles(
  deployment: Deployment,
  service: Service,
): readonly GeneratedFile[] {
  const { datacenter } = service.host
  const alertmanagers = deployment
    .servicesOf('alertmanager')
    .map((one) => hostAndPort(listening(one, 'web')))
  const jobs = WATCHED.flatMap(([kind, port]) => {
    const targets = deployment.servicesOf(kind, datacenter)
    if (targets.length === 0) return []
    return [
      `  - job_name: ${kind}`,
      '    static_configs:',
      ...targets.flatMap((target) => [
        `      - targets: ${JSON.stringify([hostAndPort(listening(target, port))])}`,
        `        labels: ${JSON.stringify({ host: target.host.name, service: target.id, datacenter })}`,
      ]),
    ]
  })
  const prometheus = lines(
    banner('#'),
    'global: { scrape_interval: 10s, evaluation_interval: 10s }',
    `rule_files: ["${join(service.host.configuration, 'prometheus', 'rules.yml')}"]`,
    'alerting:',
    '  alertmanagers:',
    `    - static_configs: [{ targets: ${JSON.stringify(alertmanagers)} }]`,
    'scrape_configs:',
    ...jobs,
  )
  return [
    { path: 'prometheus/prometheus.yml', text: prometheus },
    { path: 'prometheus/rules.yml', text: RULES },
  ]
}

const RULES = lines(
  banner('#'),
  'groups:',
  '  - name: salvus',
  '    rules:',
  '      - alert: ServiceDown',
  '        expr: up == 0',
  '        for: 30s',
  '        labels: { severity: page }',
  '        annotations: { summary: "{{ $labels.service }} of {{ $labels.host }} does not answer" }',
  '      - alert: NoHubAlive',
  '        expr: haproxy_backend_active_servers{proxy="pages"} == 0',
  '        for: 10s',
  '        labels: { severity: page }',
  '        annotations: { summary: "no hub answers behind {{ $labels.host }}" }',
  '      - alert: DocumentDiverged',
  '        expr: increase(salvus_document_divergences_total[10m]) > 0',
  '        labels: { severity: page }',
  '        annotations: { summary: "a page had another text than its local hub: a fault of Salvus" }',
  '      - alert: DocumentThreadLost',
  '        expr: increase(salvus_document_threads_lost_total[10m]) > 0',
  '        labels: { severity: mail }',
  '        annotations: { summary: "a thread that owns documents ended" }',
)

/** Alertmanager: mails alarms, by the same mail server as the hubs. */
export function alertmanagerFiles(
  deployment: Deployment,
  service: Service,
  secrets: Secrets,
): readonly GeneratedFile[] {
  const { alarms, site } = deployment.inventory
  const from = site.mailFrom ?? `salvus@${deployment.publicUrl.hostname}`
  const server = secrets.smtpUrl === undefined ? undefined : new URL(secrets.smtpUrl)
  const passwordFile = join(service.host.configuration, 'alertmanager', 'smtp-password')
  const hasLogin = server !== undefined && server.username !== ''
  const text = lines(
    banner('#'),
    'global:',
    `  smtp_smarthost: "${server?.hostname ?? 'localhost'}:${server?.port || '25'}"`,
    `  smtp_from: ${JSON.stringify(from)}`,
    `  smtp_require_tls: ${server?.protocol === 'smtp:' && hasLogin}`,
    hasLogin
      ? `  smtp_auth_username: ${JSON.stringify(decodeURIComponent(server.username))}`
      : undefined,
    hasLogin ? `  smtp_auth_password_file: "${passwordFile}"` : undefined,
    'route: { receiver: people, group_by: [alertname, datacenter], group_wait: 10s, repeat_interval: 4h }',
    'receivers:',
    '  - name: people',
    `    email_configs: ${JSON.stringify((alarms?.to ?? []).map((to) => ({ to, send_resolved: true })))}`,
  )
  const files: GeneratedFile[] = [{ path: 'alertmanager/alertmanager.yml', text }]
  if (hasLogin) {
    const password = decodeURIComponent(server.password)
    files.push({ path: 'alertmanager/smtp-password', text: password, secret: true })
  }
  return files
}
