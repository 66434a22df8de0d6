import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

import { hubControlPath } from '../daemon/hub-control-path.ts'
import { createLinkPeer } from '../daemon/links/link-peer.ts'
import { LinkServer } from '../daemon/links/link-server.ts'
import type { Link } from '../daemon/links/link.ts'
import type { AnswerOf } from '../messages/define.ts'
import { operatorToHub } from '../messages/hub-control.ts'
import type { Scope } from '../util/scope.ts'
import type { HubContext } from './context.ts'
import { loadOf } from './projects/choose-host.ts'
import { moveProject, takeProject } from './projects/take-over.ts'
import { refusal } from './refuse.ts'

type HostList = AnswerOf<typeof operatorToHub, 'list_hosts'>['hosts']

/** Listens for the operator of this machine: `salvus project`. A hub that can't goes on without. */
export async function listenForOperator(
  context: HubContext,
  dataDir: string,
  scope: Scope,
): Promise<void> {
  const { settings, secret, logger } = context
  const path = hubControlPath(dataDir, settings.hubId)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const server = await LinkServer.listen({
      address: `unix:${path}`,
      secret: secret.toString('hex'),
      logger,
      check: ({ subject }) => {
        if (subject !== 'control') throw refusal('not_found', `there is no ${subject} here`)
      },
      onAccepted: (link) => accepted(context, link),
    })
    scope.defer(() => server[Symbol.asyncDispose]())
  } catch (error) {
    logger.warn({ err: error, path }, 'salvus project can not reach this hub')
  }
}

function accepted(context: HubContext, link: Link): void {
  const { logger } = context
  const onProgress = (text: string): void =>
    link.sendControl(JSON.stringify({ event: 'progress', text }))
  const peer = createLinkPeer({
    link,
    logger,
    asked: operatorToHub,
    handlers: {
      list_hosts: async () => ({ hosts: await listHosts(context) }),
      move_project: async ({ projectId, to }) => {
        const from = await moveProject(context, projectId, to)
        return from === undefined ? {} : { from }
      },
      take_project: async (take) => ({
        from: await takeProject(context, { ...take, onProgress, wait: waiting(link) }),
      }),
    },
    asks: {},
    notices: {},
    noticeHandlers: {},
  })
  link.onFrame = (frame) => peer.receive(frame.payload)
}

/** An operator who gives up takes nothing any more. */
function waiting(link: Link): (ms: number) => Promise<void> {
  return (ms) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer)
        reject(refusal('closed', 'the operator has left'))
      }
      const timer = setTimeout(() => {
        link.closed.removeEventListener('abort', giveUp)
        resolve()
      }, ms)
      link.closed.addEventListener('abort', giveUp)
    })
}

async function listHosts({ hosts }: HubContext): Promise<HostList> {
  const linked = new Map(hosts.linked.map((host) => [host.host, host]))
  return Promise.all(
    hosts.names.map(async (host) => {
      const since = hosts.unlinkedSince(host)
      if (since !== undefined) return { host, unlinkedSinceMs: since.getTime() }
      const told = await linked
        .get(host)
        ?.load()
        .catch(() => undefined)
      if (told === undefined) return { host }
      return { host, lease: told.lease, projects: told.projects, load: loadOf(told) }
    }),
  )
}
