import type { AnswerOf } from '../../messages/define.ts'
import type { hubToProjectServer } from '../../messages/hub-project-server.ts'

export type HostLoad = AnswerOf<typeof hubToProjectServer, 'describe_load'>

/** A linked host, which can be asked how busy it is. */
export interface PlacementHost {
  readonly host: string
  readonly datacenter: string | undefined
  readonly load: () => Promise<HostLoad>
}

/** Of more hosts than this a random choice is asked: that is as good, and costs the same in any deployment. */
const ASKED_MAX = 8

/**
 * What a project that was just started will add to the load of a core, which the system's average shows a minute
 * later: without it, ten projects that are created together would all go to the same host.
 */
const LOAD_OF_PROJECT = 0.05

/**
 * The least loaded host that may run projects, of the hub's datacenter where there is one; undefined where there is
 * none at all.
 */
export async function chooseHost(
  hosts: readonly PlacementHost[],
  datacenter: string | undefined,
  random: () => number,
): Promise<string | undefined> {
  const near = hosts.filter((host) => host.datacenter === datacenter)
  const far = hosts.filter((host) => host.datacenter !== datacenter)
  return (await leastLoaded(near, random)) ?? (await leastLoaded(far, random))
}

async function leastLoaded(
  hosts: readonly PlacementHost[],
  random: () => number,
): Promise<string | undefined> {
  const asked = shuffled(hosts, random).slice(0, ASKED_MAX)
  const answers = await Promise.allSettled(asked.map((host) => host.load()))
  const able = asked.flatMap(({ host }, index) => {
    const answer = answers[index]
    const isAble = answer?.status === 'fulfilled' && answer.value.lease === 'held'
    return isAble ? [{ host, load: loadOf(answer.value) }] : []
  })
  return able.toSorted((a, b) => a.load - b.load)[0]?.host
}

/** What is scarcer on a host, cores or memory, from 0 for an idle one to 1 and more for a full one. */
export function loadOf(told: HostLoad): number {
  const { cpus, loadAverage, projects, memoryFreeBytes, memoryBytes } = told
  const cores = (loadAverage + projects * LOAD_OF_PROJECT) / cpus
  const memory = 1 - memoryFreeBytes / memoryBytes
  return Math.max(cores, memory) + (projects * LOAD_OF_PROJECT) / cpus
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const keyed = items.map((item) => ({ item, key: random() }))
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item)
}
