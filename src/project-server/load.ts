import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'

import type { AnswerOf } from '../messages/define.ts'
import type { hubToProjectServer, LeaseState } from '../messages/hub-project-server.ts'
import type { ProjectState } from '../messages/projects.ts'

/** What this host has to do, and what it has left. */
export function describeLoad(
  lease: LeaseState,
  projects: Iterable<{ readonly state: ProjectState }>,
): AnswerOf<typeof hubToProjectServer, 'describe_load'> {
  const [loadAverage = 0] = loadavg()
  return {
    lease,
    projects: [...projects].filter(({ state }) => state !== 'stopped' && state !== 'failed').length,
    cpus: availableParallelism(),
    loadAverage,
    memoryFreeBytes: freemem(),
    memoryBytes: totalmem(),
  }
}
