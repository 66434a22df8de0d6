import { expect, test } from 'vitest'

import { chooseHost, loadOf } from '../../../../src/hub/projects/choose-host.ts'
import type { HostLoad, PlacementHost } from '../../../../src/hub/projects/choose-host.ts'

const IDLE: HostLoad = {
  lease: 'held',
  projects: 0,
  cpus: 4,
  loadAverage: 0,
  memoryFreeBytes: 9,
  memoryBytes: 10,
}

function host(name: string, told: Partial<HostLoad> | Error, datacenter = 'dc1'): PlacementHost {
  const load = async (): Promise<HostLoad> => {
    if (told instanceof Error) throw told
    return { ...IDLE, ...told }
  }
  return { host: name, datacenter, load }
}

const choose = (hosts: readonly PlacementHost[]): Promise<string | undefined> =>
  chooseHost(hosts, 'dc1', () => 0.5)

test('a new project goes to the host with the most cores and memory left', async () => {
  expect(await choose([host('a', { loadAverage: 4 }), host('b', { loadAverage: 1 })])).toBe('b')
  expect(await choose([host('a', {}), host('b', { memoryFreeBytes: 1 })])).toBe('a')
})

test('projects that were just started count before the system shows it', async () => {
  expect(await choose([host('a', { projects: 3 }), host('b', { projects: 2 })])).toBe('b')
  expect(loadOf({ ...IDLE, projects: 10 })).toBeGreaterThan(loadOf(IDLE))
})

test('hosts of another datacenter only where the own one has none that may', async () => {
  const busy = host('near', { loadAverage: 3 })
  const far = host('far', {}, 'dc2')
  expect(await choose([far, busy])).toBe('near')
  expect(await choose([far, host('near', { lease: 'frozen' })])).toBe('far')
})

test('a host without a lease, or that does not answer, gets none', async () => {
  const hosts = [host('a', { lease: 'none' }), host('b', new Error('deadline'))]
  expect(await choose(hosts)).toBeUndefined()
  expect(await choose([])).toBeUndefined()
})

test('of a thousand hosts a few are asked', async () => {
  let asked = 0
  const hosts = Array.from({ length: 1000 }, (_, n) => ({
    ...{ host: `h${n}`, datacenter: 'dc1' },
    load: async () => {
      asked++
      return IDLE
    },
  }))
  expect(await chooseHost(hosts, 'dc1', Math.random)).toMatch(/^h\d+$/)
  expect(asked).toBeLessThan(20)
})
