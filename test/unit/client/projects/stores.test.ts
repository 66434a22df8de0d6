import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { parseProjectId } from '../../../../src/client/app/router.ts'
import { HubConnection } from '../../../../src/client/connection/hub-connection.ts'
import { OpenTabs } from '../../../../src/client/projects/open-tabs.ts'
import { ProjectsStore } from '../../../../src/client/projects/projects-store.ts'
import { FakeHub, FakeNetwork } from '../connection/fake-hub.ts'

const A = parseProjectId('01234567-89ab-4cde-8fab-0123456789ab')
const B = parseProjectId('11234567-89ab-4cde-8fab-0123456789ab')
if (!A || !B) throw new Error('not an id')

let hub: FakeHub
let connection: HubConnection
let store: ProjectsStore

beforeEach(async () => {
  vi.useFakeTimers()
  hub = new FakeHub()
  connection = new HubConnection({
    openTransport: hub.openTransport,
    network: new FakeNetwork(),
    build: 'test',
    onHello: () => undefined,
  })
  store = new ProjectsStore(connection)
  hub.end.welcome()
  const watching = store.watch()
  hub.end.answer('watch_projects', {
    seq: 10,
    projects: [{ projectId: A, title: 'first' }],
    invitations: [{ invitationId: 'i1' }],
  })
  await watching
})

afterEach(() => {
  connection.close()
  vi.useRealTimers()
})

function titles(): string[] {
  const state = store.state.get()
  return state.kind === 'loaded' ? [...state.projects.values()].map(({ title }) => title) : []
}

it('applies each change of its projects once, in order', () => {
  hub.end.push(0, { event: 'project_changed', seq: 11, project: { projectId: B, title: 'second' } })
  hub.end.push(0, { event: 'project_changed', seq: 11, project: { projectId: A, title: 'late' } })
  hub.end.push(0, { event: 'project_removed', seq: 12, projectId: A })
  hub.end.push(0, { event: 'invitation_withdrawn', seq: 13, invitationId: 'i1' })
  expect(titles()).toEqual(['second'])
  expect(store.state.get()).toMatchObject({ invitations: new Map() })
  expect(hub.end.sent.filter(({ event }) => event === 'watch_projects')).toHaveLength(1)
})

it('asks for everything again after a gap', async () => {
  hub.end.push(0, { event: 'project_removed', seq: 14, projectId: B })
  hub.end.answer('watch_projects', {
    seq: 20,
    projects: [{ projectId: B, title: 'other' }],
    invitations: [],
  })
  await vi.waitFor(() => expect(titles()).toEqual(['other']), { timeout: 20_000 })
})

it('keeps nothing of an account that signed out', () => {
  store.clear()
  hub.end.push(0, { event: 'project_changed', seq: 11, project: { projectId: B, title: 'second' } })
  expect(store.state.get()).toEqual({ kind: 'loading' })
})

it('remembers the open tabs over a reload, and says which is shown when one is closed', () => {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as unknown as Storage
  const tabs = new OpenTabs(A, storage)
  for (const path of ['a', 'b', 'c', 'b']) tabs.open(path)
  tabs.setTitle('c', 'vim')
  expect(tabs.close('b')).toBe('c')
  tabs.rename('a', 'd')
  expect(tabs.list.get()).toEqual([{ path: 'd' }, { path: 'c', title: 'vim' }])
  expect(new OpenTabs(A, storage).list.get()).toEqual([{ path: 'd' }, { path: 'c' }])
  expect(tabs.close('c')).toBe('d')
  expect(tabs.close('d')).toBeUndefined()
})
