import { z } from 'zod'

import { isolation } from './admin.ts'
import { defineNotice, defineRequest } from './define.ts'
import { projectId, timeMs } from './ids.ts'
import { projectState, startPhase } from './projects.ts'

/** Rises with each start of a project, and with each change of the holder of a host's lease. */
const epoch = z.int().min(0)

/**
 * `held`: projects may start. `frozen`: what runs stands still until the next renewal. `ending`: all of it is being
 * ended. `none`: nothing may start.
 */
export const leaseState = z.enum(['none', 'held', 'frozen', 'ending'])
export type LeaseState = z.infer<typeof leaseState>

/**
 * The control link between a hub and a project server, opened by the hub; framed and authenticated as the data link
 * (subject: the host's name), all frames of kind 0.
 */
export const hubToProjectServer = {
  /**
   * Finds the project running, or claims it for this host and starts it, creating what is missing. Answered once its
   * local hub accepts links. `project_phase` tells what is being done. Refused with `project_start_failed` and the
   * cause, `conflict` where the project was claimed since the found epoch, `unavailable` where the host has no lease.
   */
  start_project: defineRequest(
    'public',
    {
      projectId,
      /** Of its location, as the hub found it; absent for a project that never ran. */
      foundEpoch: epoch.optional(),
    },
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
  /** What decides where a new project goes; asked then. */
  describe_load: defineRequest(
    'public',
    {},
    {
      lease: leaseState,
      /** Projects that run or start. */
      projects: z.int().min(0),
      cpus: z.int().min(1),
      /** Of the last minute, as the system tells. */
      loadAverage: z.number().min(0),
      memoryFreeBytes: z.number().min(0),
      memoryBytes: z.number().min(1),
    },
  ),
}

/** Project server -> hub. */
export const projectServerToHubNotices = {
  project_phase: defineNotice('public', { projectId, phase: startPhase, elapsedMs: z.int() }),
  /** A project of this host changed by itself or by another hub: started, stopped, crashed, frozen. */
  project_state: defineNotice('public', {
    projectId,
    state: projectState,
    cause: z.string().optional(),
    timeMs,
  }),
}

/** A host's lease, without the host: the hub adds the one that the link is of. */
const hostLease = {
  epoch,
  /** The project server that holds it; empty where it was taken from the host. */
  holder: z.string().max(100),
  /** Another one with each renewal. */
  beat: z.string().max(100),
  termMs: z.int().min(1),
}

/**
 * Project server -> hub, answered: what the database decides, over all datacenters. Each may be asked again as it
 * was, through any hub, where no answer came.
 */
export const projectServerToHub = {
  /** Writes that the project runs on this host where its epoch is the expected one. Answers what holds then. */
  claim_project: defineRequest(
    'public',
    { projectId, epoch, expected: epoch.optional() },
    { host: z.string(), epoch },
  ),
  /** Writes beat and term where epoch and holder are those. Answers what holds then, if anything. */
  renew_host_lease: defineRequest('public', hostLease, { lease: z.object(hostLease).optional() }),
  /** Writes all of it where epoch and beat are the expected ones (absent: there is none yet). */
  take_host_lease: defineRequest(
    'public',
    { ...hostLease, expected: z.object({ epoch, beat: z.string().max(100) }).optional() },
    { lease: z.object(hostLease) },
  ),
}
