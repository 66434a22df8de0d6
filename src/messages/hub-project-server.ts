import { z } from 'zod'

import { isolation } from './admin.ts'
import { defineNotice, defineRequest } from './define.ts'
import { projectId, timeMs } from './ids.ts'
import { projectState, startPhase } from './projects.ts'

/**
 * The control link between a hub and a project server, opened by the hub; framed and authenticated as the data link
 * (subject: the host's name), all frames of kind 0.
 */
export const hubToProjectServer = {
  /**
   * Creates what is missing, starts the project or finds it running, and answers once its local hub accepts links.
   * `project_phase` tells what is being done. Refused with `project_start_failed` and the cause.
   */
  start_project: defineRequest(
    'public',
    { projectId, epoch: z.int().min(0) },
    {
      /** `unix:/path` or `tcp:host:port` of the local hub. */
      address: z.string(),
      /** Shared by hubs and this local hub, in hex; new with each start of the project. */
      secret: z.string(),
      epoch: z.int(),
    },
  ),
  /** Ends every process of the project. Answered when none is left. */
  stop_project: defineRequest('public', { projectId }, {}),
  /** Destroys its files: 30 days after its deletion. */
  purge_project: defineRequest('public', { projectId }, {}),
  describe_host: defineRequest(
    'public',
    {},
    {
      host: z.string(),
      isolation,
      isolationReason: z.string(),
      projects: z.array(z.object({ projectId, state: projectState, epoch: z.int() })),
    },
  ),
}

/** Project server -> hub. */
export const projectServerToHubNotices = {
  project_phase: defineNotice('public', { projectId, phase: startPhase, elapsedMs: z.int() }),
  /** A project of this host changed by itself or by another hub: started, stopped, crashed. */
  project_state: defineNotice('public', {
    projectId,
    state: projectState,
    cause: z.string().optional(),
    timeMs,
  }),
}
