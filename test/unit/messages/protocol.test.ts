import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'
import { z } from 'zod'

import { clientToHub } from '../../../src/messages/client-to-hub.ts'
import {
  clientToLocalHub,
  clientToLocalHubNotices,
} from '../../../src/messages/client-to-local-hub.ts'
import { fromConsole, toConsole } from '../../../src/messages/console-server.ts'
import type { NoticeTable, RequestTable } from '../../../src/messages/define.ts'
import {
  handshake,
  hubToLocalHubNotices,
  localHubToHub,
  localHubToHubNotices,
} from '../../../src/messages/hub-local-hub.ts'
import { hubToOperatorNotices, operatorToHub } from '../../../src/messages/hub-control.ts'
import {
  hubToProjectServer,
  projectServerToHub,
  projectServerToHubNotices,
} from '../../../src/messages/hub-project-server.ts'
import { busEvent, hubBeat } from '../../../src/messages/hub-to-hub.ts'
import { hubToClient } from '../../../src/messages/hub-to-client.ts'
import { httpRequests } from '../../../src/messages/http.ts'
import {
  childNotices,
  launcherToProjectServerNotices,
  localHubToLauncher,
  projectServerToLauncher,
  projectServerToLauncherNotices,
} from '../../../src/messages/launcher.ts'
import { localHubToClient } from '../../../src/messages/local-hub-to-client.ts'
import { sageServerEvent, sageServerRequest } from '../../../src/messages/sage-server.ts'
import { PROTOCOL_VERSION, PROTOCOL_VERSION_OLDEST } from '../../../src/messages/version.ts'

/**
 * What crosses sockets of ours, as of PROTOCOL_VERSION. When this fails, a message has changed: see the rule of
 * compatibility in version.ts, raise the version where the rule says so, and pin the new hash with it.
 */
const PINNED = { version: 2, hash: '252a03055e62cca4' }

const requests = (table: RequestTable): unknown =>
  Object.fromEntries(
    Object.entries(table).map(([event, { authorization, request, answer }]) => [
      event,
      [authorization, schemaOf(request), schemaOf(answer)],
    ]),
  )
const notices = (table: NoticeTable): unknown =>
  Object.fromEntries(
    Object.entries(table).map(([event, { authorization, notice }]) => [
      event,
      [authorization, schemaOf(notice)],
    ]),
  )
const schemaOf = (schema: z.ZodType): unknown =>
  z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' })

test('a message can not change unnoticed', () => {
  const unions = {
    clientToHub: requests(clientToHub),
    hubToClient: notices(hubToClient),
    clientToLocalHub: requests(clientToLocalHub),
    clientToLocalHubNotices: notices(clientToLocalHubNotices),
    localHubToClient: notices(localHubToClient),
    hubToLocalHub: notices(hubToLocalHubNotices),
    localHubToHub: [requests(localHubToHub), notices(localHubToHubNotices)],
    operatorToHub: [requests(operatorToHub), notices(hubToOperatorNotices)],
    hubToProjectServer: requests(hubToProjectServer),
    projectServerToHub: [requests(projectServerToHub), notices(projectServerToHubNotices)],
    handshake: Object.values(handshake).map(schemaOf),
    http: Object.entries(httpRequests).map(([name, each]) => [
      name,
      schemaOf(each.request),
      schemaOf(each.answer),
    ]),
    console: [schemaOf(toConsole), schemaOf(fromConsole)],
    launcher: [
      requests(localHubToLauncher),
      requests(projectServerToLauncher),
      notices(projectServerToLauncherNotices),
      notices(launcherToProjectServerNotices),
      notices(childNotices),
    ],
    sageServer: [schemaOf(sageServerRequest), schemaOf(sageServerEvent)],
    hubToHub: [schemaOf(busEvent), schemaOf(hubBeat)],
  }
  const hash = createHash('sha256').update(JSON.stringify(unions)).digest('hex').slice(0, 16)
  expect({ version: PROTOCOL_VERSION, hash }).toEqual(PINNED)
})

test('a peer of the version before is served', () => {
  expect(PROTOCOL_VERSION_OLDEST).toBeGreaterThanOrEqual(PROTOCOL_VERSION - 1)
  expect(PROTOCOL_VERSION_OLDEST).toBeLessThanOrEqual(PROTOCOL_VERSION)
})

test('an event has one meaning on a route', () => {
  const onProjectRoute = [clientToLocalHub, clientToLocalHubNotices].flatMap((table) =>
    Object.keys(table),
  )
  const fromLocalHub = Object.keys(localHubToClient)
  for (const events of [onProjectRoute, fromLocalHub])
    expect(new Set(events).size).toBe(events.length)
  for (const event of [...onProjectRoute, ...fromLocalHub])
    expect(['answer', 'error']).not.toContain(event)
})

test('only what a signed-out page needs is open to everybody', () => {
  const open = Object.entries(clientToHub)
    .filter(([, { authorization }]) => authorization === 'public')
    .map(([event]) => event)
  expect(open.sort()).toEqual(['hello', 'ping', 'write_help'])
})

test('what a member of a project may do names the project', () => {
  for (const [event, { authorization, request }] of Object.entries(clientToHub)) {
    if (['viewer', 'editor', 'owner'].includes(authorization)) {
      expect(Object.keys(request.shape), event).toContain('projectId')
    }
  }
})

test('viewers change nothing in a project', () => {
  const viewers = Object.entries({ ...clientToLocalHub, ...clientToLocalHubNotices })
    .filter(([, { authorization }]) => authorization === 'viewer')
    .map(([event]) => event)
  expect(viewers.sort()).toEqual([
    'acknowledge_download',
    'blame_document',
    'cancel_download',
    'close_document',
    'compare_document',
    'document_changes',
    'get_worksheet_session',
    'list_directory',
    'list_document_versions',
    'list_trash',
    'open_document',
    'open_download',
    'read_document_version',
    'set_presence',
    'stat_file',
    'unwatch_directory',
  ])
})
