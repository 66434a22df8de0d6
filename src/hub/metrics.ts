import type { RequestListener } from 'node:http'

import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

import type { HubContext } from './context.ts'

/** How often the lag of the event loop is sampled, in milliseconds: by default a hub at rest would wake 100 times a second. */
const LAG_SAMPLE_MS = 100

/** `/metrics` for Prometheus. It has no secrets, but is nobody else's business: a port of loopback only. */
export function metricsApplication(context: HubContext): RequestListener {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_SAMPLE_MS })
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => {
        made.set(await read())
      },
    })
  }
  gauge('salvus_clients', 'Connections of browsers to this hub', () => context.hosts.clients)
  gauge('salvus_projects_running', 'Projects that run', () => context.hosts.projectsRunning)
  gauge('salvus_database_up', '1 while the database answers', () =>
    context.database.ping().then(
      () => 1,
      () => 0,
    ),
  )
  return (request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      (error: unknown) => {
        context.logger.error({ err: error }, 'the metrics could not be collected')
        response.writeHead(500).end()
      },
    )
  }
}
