import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { HubConnection } from '../../../../src/client/connection/hub-connection.ts'
import type { ProjectRoute } from '../../../../src/client/connection/project-route.ts'
import { projectId } from '../../../../src/messages/ids.ts'
import { FakeHub, FakeNetwork } from './fake-hub.ts'

const PROJECT = projectId.parse('6f9d3c1e-6d0f-4d7e-9b8a-0a9f6f0c2b11')

let hub: FakeHub
let network: FakeNetwork
let connection: HubConnection
let project: ProjectRoute
let kinds: string[]
let hellos: number

beforeEach(() => {
  vi.useFakeTimers()
  hub = new FakeHub()
  network = new FakeNetwork()
  hellos = 0
  connection = new HubConnection({
    openTransport: hub.openTransport,
    network,
    build: 'test',
    onHello: () => hellos++,
    random: () => 0.5,
  })
  hub.end.welcome()
  project = connection.openProject(PROJECT)
  hub.end.answer('open_project', { route: 1, role: 'editor' })
  kinds = []
  connection.state.subscribe(() => kinds.push(connection.state.get().kind))
  hub.end.push(0, { event: 'draining', withinMs: 4_000 })
})

afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

/** The other hub has all that the page needs. */
function ready(route = 7): void {
  hub.end.welcome()
  hub.end.answer('open_project', { route, role: 'viewer' })
}

describe('a page that its hub asks to leave', () => {
  it('leaves it at some time in the first half of what it is given', () => {
    vi.advanceTimersByTime(999)
    expect(hub.ends).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(hub.ends).toHaveLength(2)
  })

  it('goes on with the old one until the other one has its projects open, and is never without', () => {
    vi.advanceTimersByTime(1_000)
    const [old, next] = hub.ends
    hub.end.welcome()
    expect(old?.closed).toBe(false)
    expect(hellos).toBe(1)
    expect(project.epoch.get()).toBe(1)
    hub.end.answer('open_project', { route: 7, role: 'viewer' })
    expect([old?.closed, next?.closed, hellos]).toEqual([true, false, 2])
    // Told once, so that what is watched is watched anew; never anything but connected.
    expect(kinds).toEqual(['connected'])
    expect(project.state.get()).toMatchObject({ kind: 'open', role: 'viewer' })
    expect(project.epoch.get()).toBe(2)
    project.notify('set_presence', {})
    expect(next?.last('set_presence').route).toBe(7)
  })

  it('hears what the other one said before it was taken over', () => {
    const heard: unknown[] = []
    project.on('people_present', (notice) => heard.push(notice))
    vi.advanceTimersByTime(1_000)
    void connection.request('ping', {})
    ready()
    hub.end.push(7, { event: 'people_present', people: [] })
    expect(heard).toHaveLength(0)
    hub.ends[0]?.answer('ping', {})
    expect(heard).toHaveLength(1)
  })

  it('waits for answers that are under way, but not for long', async () => {
    vi.advanceTimersByTime(1_000)
    const answered = connection.request('ping', {})
    const never = connection.request('ping', {})
    const refused = expect(never).rejects.toMatchObject({ code: 'closed' })
    ready()
    expect(hub.ends[0]?.closed).toBe(false)
    const [first] = hub.ends[0]?.sent.filter(({ event }) => event === 'ping') ?? []
    hub.ends[0]?.push(0, { event: 'answer', id: first?.id })
    await answered
    expect(hub.ends[0]?.closed).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(hub.ends[0]?.closed).toBe(true)
    await refused
    expect(kinds).toEqual(['connected'])
  })

  it('takes the other one at once where the old one ends meanwhile', () => {
    vi.advanceTimersByTime(1_000)
    connection.request('ping', {}).catch(() => undefined)
    ready()
    hub.ends[0]?.end()
    expect(kinds).toEqual(['connected'])
    expect(project.epoch.get()).toBe(2)
  })

  it('stays where it is and tries again where the way still leads to a hub that refuses', () => {
    vi.advanceTimersByTime(1_000)
    hub.end.end()
    expect(connection.state.get().kind).toBe('connected')
    vi.advanceTimersByTime(1_000)
    expect(hub.ends).toHaveLength(3)
    ready()
    expect(hub.ends.map(({ closed }) => closed)).toEqual([true, true, false])
    expect(kinds).toEqual(['connected'])
  })

  it('connects anew where the old one ends before the other one is ready', () => {
    vi.advanceTimersByTime(1_000)
    hub.ends[0]?.end()
    expect(hub.ends[1]?.closed).toBe(true)
    expect(connection.state.get().kind).toBe('reconnecting')
    vi.advanceTimersByTime(1_000)
    hub.end.welcome()
    expect(connection.state.get().kind).toBe('connected')
  })

  it('leaves nothing open when the page ends while it moves', () => {
    vi.advanceTimersByTime(1_000)
    connection.request('ping', {}).catch(() => undefined)
    ready()
    connection.close()
    expect(hub.ends.map(({ closed }) => closed)).toEqual([true, true])
    vi.advanceTimersByTime(60_000)
    expect(hub.ends).toHaveLength(2)
  })

  it('closes at the other one what was left meanwhile', () => {
    vi.advanceTimersByTime(1_000)
    hub.end.welcome()
    project.close()
    hub.ends[0]?.push(0, { event: 'answer', id: hub.ends[0].last('close_route').id })
    hub.end.answer('open_project', { route: 7, role: 'viewer' })
    expect(hub.end.last('close_route')).toMatchObject({ route: 7 })
  })

  it('opens a project in the ordinary way that the other one did not open', () => {
    vi.advanceTimersByTime(1_000)
    hub.end.welcome()
    hub.end.refuse('open_project', 'unavailable', 'not yet')
    expect(project.state.get().kind).toBe('opening')
    hub.end.answer('open_project', { route: 3, role: 'editor' })
    expect(project.state.get()).toMatchObject({ kind: 'open' })
  })
})
