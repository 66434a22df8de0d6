import { randomUUID } from 'node:crypto'

import { takeAfter } from '../../daemon/lease-times.ts'
import type { ProjectId } from '../../messages/ids.ts'
import { codeOf } from '../../util/coded-error.ts'
import type { HubContext } from '../context.ts'
import { refusal } from '../refuse.ts'
import { breakLease } from './break-lease.ts'

/** Somebody else opened it in between, so often in a row. */
const MOVES_MAX = 3

type Context = Pick<HubContext, 'database' | 'hosts' | 'logger'>

/**
 * Stops a project where it runs and starts it on another host. Answers where it was.
 * @throws CodedError `unavailable` where its host can't be reached: then only taking it helps
 */
export async function moveProject(
  context: Context,
  projectId: ProjectId,
  to: string,
): Promise<string | undefined> {
  await checkTarget(context, projectId, to)
  const { database, hosts, logger } = context
  for (let attempt = 1; ; attempt++) {
    const found = await database.locations.get(projectId)
    if (found?.host === to) throw refusal('conflict', `The project is on ${to} already.`)
    if (found !== undefined && !isLinked(context, found.host)) {
      throw refusal('unavailable', `Its host ${found.host} can't be reached.`)
    }
    if (found !== undefined) await hosts.stop(projectId)
    try {
      await hosts.startOn(to, projectId, found?.epoch)
      logger.info({ projectId, from: found?.host, to }, 'a project was moved')
      return found?.host
    } catch (error) {
      if (attempt >= MOVES_MAX || codeOf(error) !== 'conflict') throw error
    }
  }
}

export interface TakeProject {
  readonly projectId: ProjectId
  readonly to: string
  /** The operator answers for it that a host without a lease runs nothing. */
  readonly hostIsOff: boolean
  /** Tells the operator what is waited for. */
  readonly onProgress: (text: string) => void
  readonly wait: (ms: number) => Promise<void>
}

/**
 * Takes a project from a host that is dead, and starts it on another. Answers where it was.
 * @throws CodedError `conflict` where that host lives
 */
export async function takeProject(context: Context, take: TakeProject): Promise<string> {
  const { projectId, to, hostIsOff, onProgress, wait } = take
  await checkTarget(context, projectId, to)
  const { database, hosts, logger } = context
  // Before its host's lease is broken: who starts it there in a later lease claims it in a later epoch.
  const found = await database.locations.get(projectId)
  if (found === undefined) throw refusal('conflict', 'The project has never run: open it.')
  const { host } = found
  if (host === to) throw refusal('conflict', `The project is on ${to} already.`)
  if (isLinked(context, host)) {
    throw refusal('conflict', `Its host ${host} lives: move the project instead.`)
  }
  const lease = await database.leases.get(host)
  if (lease === undefined && !hostIsOff) {
    const why = `${host} keeps no lease, so that nobody can know whether the project still runs there`
    throw refusal('conflict', `${why}. See that it is switched off, and say --host-is-off.`)
  }
  if (lease !== undefined && lease.holder !== '') {
    const seconds = Math.ceil(takeAfter(lease.termMs) / 1000)
    onProgress(`waiting ${seconds} s until the lease of ${host} has run out`)
  }
  const isFree = await breakLease({ leases: database.leases, host, newBeat: randomUUID, wait })
  if (!isFree) {
    throw refusal('conflict', `${host} has renewed its lease: it lives, and reaches other hubs.`)
  }
  onProgress(`starting it on ${to}`)
  await hosts.startOn(to, projectId, found.epoch)
  logger.warn({ projectId, from: host, to }, 'a project was taken from a dead host')
  return host
}

async function checkTarget(context: Context, projectId: ProjectId, to: string): Promise<void> {
  const { database, hosts } = context
  if ((await database.projects.get(projectId)) === undefined) {
    throw refusal('not_found', 'There is no such project.')
  }
  if (hosts.names.includes(to)) return
  throw refusal('not_found', `There is no host ${to}; there are: ${hosts.names.join(', ')}.`)
}

/** A host that is no longer in the configuration is as good as dead. */
function isLinked({ hosts }: Context, host: string): boolean {
  return hosts.names.includes(host) && hosts.unlinkedSince(host) === undefined
}
