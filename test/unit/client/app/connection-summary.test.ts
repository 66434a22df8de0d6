import { expect, it } from 'vitest'

import { summarize } from '../../../../src/client/app/connection-summary.ts'
import type { SaveState } from '../../../../src/client/app/save-state.ts'
import type { ConnectionState } from '../../../../src/client/connection/connection.ts'
import type { ProjectConnectionState } from '../../../../src/client/connection/project-connection.ts'

const OPEN: ProjectConnectionState = { kind: 'open', role: 'editor', sinceMs: 0 }

function textOf(
  connection: ConnectionState['kind'],
  project: ProjectConnectionState | undefined,
  ...saves: [SaveState['state'], number][]
): string {
  const states = saves.map(
    ([state, changes], index) => [`file ${index}`, { state, changes, sinceMs: 0 }] as const,
  )
  return summarize({ kind: connection, sinceMs: 0 }, project, new Map(states)).text
}

it('says the worst that is true of all documents', () => {
  expect(textOf('connected', OPEN)).toBe('Saved')
  expect(textOf('connected', OPEN, ['saved', 0], ['saving', 1])).toBe('Saving')
  expect(textOf('connected', OPEN, ['saving', 1], ['failed', 3])).toBe('Not saved')
  expect(textOf('connected', OPEN, ['saved', 0], ['opening', 0])).toBe('Opening')
  expect(textOf('connected', OPEN, ['read_only', 0])).toBe('Read-only')
  expect(textOf('connected', { kind: 'open', role: 'viewer', sinceMs: 0 })).toBe('Read-only')
  expect(textOf('connected', undefined)).toBe('Connected')
})

it('says where a browser keeps nothing that changes are in the page alone', () => {
  const save = { state: 'offline', changes: 2, sinceMs: 0, unkept: true } as const
  const summary = summarize({ kind: 'offline', sinceMs: 0 }, OPEN, new Map([['a', save]]))
  expect(summary.text).toBe('Offline, 2 changes in this page only')
})

it('says that changes are kept only when they are', () => {
  const kept = { state: 'offline', changes: 2, sinceMs: 0 } as const
  const saves = new Map<string, SaveState>([
    ['a', kept],
    ['b', { ...kept, changes: 1, keeping: true }],
  ])
  const summary = summarize({ kind: 'offline', sinceMs: 0 }, OPEN, saves)
  expect(summary.text).toBe('Offline, keeping 3 changes')
})

it('never says saved while the connection or the project is away', () => {
  expect(textOf('offline', OPEN, ['saved', 0], ['offline', 12])).toBe(
    'Offline, 12 changes kept here',
  )
  expect(textOf('offline', OPEN, ['offline', 1])).toBe('Offline, 1 change kept here')
  expect(textOf('reconnecting', OPEN, ['saved', 0])).toBe('Reconnecting')
  expect(textOf('connected', { kind: 'lost', sinceMs: 0 }, ['saved', 0])).toBe('Reconnecting')
  const closed = { kind: 'closed', reason: 'removed', sinceMs: 0 } as const
  expect(textOf('connected', closed, ['offline', 0])).toBe('Closed')
  expect(textOf('connected', closed, ['offline', 3])).toBe('3 changes kept here')
  expect(textOf('connected', { kind: 'opening', sinceMs: 0 })).toBe('Opening')
})
