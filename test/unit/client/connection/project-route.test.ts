import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { parseProjectId } from '../../../../src/client/app/router.ts'
import { HubConnection } from '../../../../src/client/connection/hub-connection.ts'
import type { ProjectConnection } from '../../../../src/client/connection/project-connection.ts'
import type { ChannelId } from '../../../../src/messages/ids.ts'
import { FakeHub, FakeNetwork } from './fake-hub.ts'

const projectId = parseProjectId('01234567-89ab-4cde-8fab-0123456789ab')
if (!projectId) throw new Error('not an id')

/** A channel as an answer names it. */
const CHANNEL = 7 as ChannelId

let hub: FakeHub
let connection: HubConnection
let project: ProjectConnection

beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  connection = new HubConnection({
    openTransport: hub.openTransport,
    network: new FakeNetwork(),
    build: 'test',
    onHello: () => undefined,
    random: () => 0.5,
  })
  project = connection.openProject(projectId)
})

afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

function openRoute(route = 3): void {
  hub.end.welcome()
  hub.end.answer('open_project', { route, role: 'editor' })
}

it('opens when the connection opens, and tells the phases of a start', () => {
  hub.end.welcome()
  hub.end.push(0, { event: 'project_starting', projectId, phase: 'launching', elapsedMs: 5 })
  expect(project.state.get()).toMatchObject({ kind: 'opening', phase: 'launching' })
  hub.end.answer('open_project', { route: 3, role: 'viewer' })
  expect(project.state.get()).toMatchObject({ kind: 'open', role: 'viewer' })
  expect(project.epoch.get()).toBe(1)
})

it('reads what comes right behind the answer that opened it', () => {
  hub.end.welcome()
  const told: string[] = []
  project.on('document_closed', ({ reason }) => told.push(reason))
  const { id } = hub.end.last('open_project')
  hub.end.push(0, { event: 'answer', id, route: 40, role: 'editor' })
  hub.end.push(40, { event: 'document_closed', channel: 1, reason: 'gone' })
  expect(told).toEqual(['gone'])
})

it('opens itself again after a lost connection, with a higher epoch', () => {
  openRoute()
  hub.end.end()
  expect(project.state.get().kind).toBe('lost')
  vi.advanceTimersByTime(1_000)
  openRoute(9)
  expect(project.state.get().kind).toBe('open')
  expect(project.epoch.get()).toBe(2)
})

it('opens itself again after its local hub was lost', () => {
  openRoute()
  hub.end.push(0, { event: 'route_closed', route: 3, reason: 'restarting' })
  expect(project.state.get().kind).toBe('lost')
  vi.advanceTimersByTime(1_000)
  hub.end.answer('open_project', { route: 4, role: 'editor' })
  expect(project.epoch.get()).toBe(2)
})

it('stays closed where the right has ended, and opens again after a stop when asked', () => {
  openRoute()
  hub.end.push(0, { event: 'route_closed', route: 3, reason: 'stopped' })
  vi.advanceTimersByTime(60_000)
  expect(project.state.get()).toMatchObject({ kind: 'closed', reason: 'stopped' })
  project.reopen()
  hub.end.refuse('open_project', 'forbidden', 'not a member')
  expect(project.state.get()).toMatchObject({ kind: 'closed', reason: 'removed' })
})

it('says why a start failed', () => {
  hub.end.welcome()
  hub.end.refuse('open_project', 'project_start_failed', 'the disk is full')
  expect(project.state.get()).toMatchObject({
    kind: 'closed',
    reason: 'failed',
    message: 'the disk is full',
  })
})

it('follows a changed role', () => {
  openRoute()
  hub.end.push(0, { event: 'role_changed', route: 3, role: 'viewer' })
  expect(project.state.get()).toMatchObject({ kind: 'open', role: 'viewer' })
})

it('keeps what comes on a channel between the answer that names it and its opening', async () => {
  openRoute()
  const request = project.request('open_document', { path: 'notes.md' })
  hub.end.answer('open_document', { channel: 7 })
  hub.end.pushBytes(Uint8Array.of(3, 7, 1, 2))
  hub.end.pushBytes(Uint8Array.of(3, 8, 9))
  await request
  const payloads: number[][] = []
  const channel = project.openChannel(CHANNEL, (payload) => payloads.push([...payload]))
  hub.end.pushBytes(Uint8Array.of(3, 7, 3))
  expect(payloads).toEqual([[1, 2], [3]])
  channel.send(Uint8Array.of(5))
  expect(hub.end.bytes).toEqual([Uint8Array.of(3, 7, 5)])
})

it('drops what is sent on a channel of an earlier opening', () => {
  openRoute()
  const channel = project.openChannel(CHANNEL, () => undefined)
  hub.end.push(0, { event: 'route_closed', route: 3, reason: 'lost' })
  vi.advanceTimersByTime(1_000)
  hub.end.answer('open_project', { route: 3, role: 'editor' })
  channel.send(Uint8Array.of(1))
  expect(hub.end.bytes).toEqual([])
})

it('rejects requests while it is not open, and those that waited when it was lost', async () => {
  await expect(project.request('list_trash', {})).rejects.toMatchObject({ code: 'closed' })
  openRoute()
  const waiting = project.request('list_trash', {})
  hub.end.push(0, { event: 'route_closed', route: 3, reason: 'lost' })
  await expect(waiting).rejects.toMatchObject({ code: 'closed' })
})

it('gives its route back when the page leaves it', () => {
  openRoute()
  project.close()
  expect(hub.end.sent.at(-1)).toMatchObject({ event: 'close_route' })
})
