import { expect, test } from 'vitest'

import { silentLogger } from '../../../../src/daemon/logging.ts'
import { takeProject } from '../../../../src/hub/projects/take-over.ts'
import { projectId } from '../../../../src/messages/ids.ts'
import { memoryPlaces } from '../../../support/memory-places.ts'

const ID = projectId.parse('00000000-0000-4000-8000-000000000001')
const LEASE = { host: 'a', epoch: 1, holder: 'h', beat: 'x', termMs: 8_000 }

async function dead(unlinked = true) {
  const places = memoryPlaces()
  await places.locations.claim({ projectId: ID, host: 'a', epoch: 5, renewedMs: 0 }, undefined)
  const started: unknown[] = []
  const context = {
    logger: silentLogger(),
    database: { ...places, projects: { get: async () => ({}) } },
    hosts: {
      names: ['a', 'b'],
      unlinkedSince: () => (unlinked ? new Date(0) : undefined),
      startOn: async (...start: unknown[]) => void started.push(start),
    },
    // Of a hub's context no more is used.
  } as never
  const waited: number[] = []
  const take = (hostIsOff = false, meanwhile = async () => {}): Promise<string> =>
    takeProject(context, {
      ...{ projectId: ID, to: 'b', hostIsOff },
      onProgress: () => undefined,
      wait: async (ms) => {
        waited.push(ms)
        await meanwhile()
      },
    })
  return { places, started, waited, take }
}

test('a project is taken a term and a quarter after nobody renews, in the epoch that was found', async () => {
  const { places, started, waited, take } = await dead()
  await places.leases.take(LEASE, undefined)
  expect(await take()).toBe('a')
  expect(waited).toEqual([10_000])
  expect(started).toEqual([['b', ID, 5]])
  expect(await places.leases.get('a')).toMatchObject({ epoch: 2, holder: '' })
  // The next of its projects need not wait.
  expect(await take()).toBe('a')
  expect(waited).toEqual([10_000])
})

test('a host that renews meanwhile, or is linked, keeps its projects', async () => {
  const alive = await dead()
  await alive.places.leases.take(LEASE, undefined)
  const renew = async (): Promise<void> =>
    void (await alive.places.leases.renew({ ...LEASE, beat: 'y' }))
  await expect(alive.take(false, renew)).rejects.toThrow('it lives')
  expect(alive.started).toEqual([])
  const linked = await dead(false)
  await expect(linked.take()).rejects.toThrow('move the project instead')
})

test('of a host without a lease the operator has to answer for its end', async () => {
  const { started, take } = await dead()
  await expect(take()).rejects.toThrow('--host-is-off')
  expect(started).toEqual([])
  expect(await take(true)).toBe('a')
})
