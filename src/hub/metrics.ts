import type { RequestListener } from 'node:http'
import { performance } from 'node:perf_hooks'

import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'

import type { HubContext } from './context.ts'
import type { ProjectHosts } from './projects/hosts.ts'

/**
 * How often the lag of the event loop is sampled, in milliseconds. Each sample wakes the hub: by default 100 times a
 * second, also at rest. How busy it is, `salvus_event_loop_busy_seconds_total` tells without a timer.
 */
const LAG_SAMPLE_MS = 10_000

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
  busyMetric(registry)
  documentMetrics(registry, () => context.hosts.documents)
  gauge('salvus_bus_up', '1 while this hub hears the others', () =>
    context.bus.awaySinceMs === undefined ? 1 : 0,
  )
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

/** Node counts it anyway. */
function busyMetric(registry: Registry): void {
  const made: Counter = new Counter({
    name: 'salvus_event_loop_busy_seconds_total',
    help: 'Time in which the hub was busy: with a rate near 1 it does all it can',
    registers: [registry],
    collect: () => {
      made.reset()
      made.inc(performance.eventLoopUtilization().active / 1000)
    },
  })
}

type Documents = ProjectHosts['documents']

/** What local hubs told this hub: sum over all hubs. */
function documentMetrics(registry: Registry, read: () => Documents): void {
  const registers = [registry]
  const gauge = (name: string, help: string, of: (told: Documents) => number): void => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(of(read())) })
  }
  const counter = (name: string, help: string, of: (told: Documents) => number): void => {
    const collect = (): void => {
      made.reset()
      made.inc(of(read()))
    }
    const made: Counter = new Counter({ name, help, registers, collect })
  }
  gauge('salvus_documents_open', 'Documents that are open', ({ open }) => open)
  gauge('salvus_document_threads', 'Threads that own documents', ({ threads }) => threads)
  gauge(
    'salvus_document_longest_turn_seconds',
    'The longest that a document kept its thread from others',
    ({ longestTurnMs }) => longestTurnMs / 1000,
  )
  counter('salvus_document_turns_total', 'Turns of documents', ({ turns }) => turns)
  counter('salvus_document_moves_total', 'Moves to another thread', ({ moves }) => moves)
  counter(
    'salvus_document_threads_lost_total',
    'Threads that ended with documents open',
    ({ threadsLost }) => threadsLost,
  )
  counter(
    'salvus_document_divergences_total',
    'Pages with another text than their document: always 0, or a fault',
    ({ divergences }) => divergences,
  )
}
