import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'
import { leaseState } from './hub-project-server.ts'
import { projectId } from './ids.ts'

/**
 * The operator's link to a hub, over a Unix socket that only the hub's user may open (`salvus project`); framed and
 * authenticated as the others, with the secret of hubs; subject `control`, all frames of kind 0.
 */
export const operatorToHub = {
  list_hosts: defineRequest(
    'public',
    {},
    {
      hosts: z.array(
        z.object({
          host: z.string(),
          /** Of this hub, where there is no link. */
          unlinkedSinceMs: z.number().optional(),
          /** Absent where the host did not say. */
          lease: leaseState.optional(),
          projects: z.int().optional(),
          /** 0 idle, 1 full. */
          load: z.number().optional(),
        }),
      ),
    },
  ),
  /** Stops the project where it runs and starts it on another host. Its files are not moved. */
  move_project: defineRequest(
    'public',
    { projectId, to: z.string() },
    { from: z.string().optional() },
  ),
  /**
   * Takes the project from a host that is dead, after its lease has run out; `progress` tells how long that takes.
   * `hostIsOff`: the operator answers for a host that keeps no lease.
   */
  take_project: defineRequest(
    'public',
    { projectId, to: z.string(), hostIsOff: z.boolean() },
    { from: z.string() },
  ),
}

/** Hub -> operator. */
export const hubToOperatorNotices = {
  progress: defineNotice('public', { text: z.string() }),
}
