import type { LeaseStore } from '../../../src/database/port/leases.ts'
import { breakLease } from '../../../src/hub/projects/break-lease.ts'
import { randomOf } from '../sync/random.ts'
import type { Random } from '../sync/random.ts'
import { Facts } from './facts.ts'
import { SimulatedHost, TERM_MS } from './host.ts'
import type { HostWorld, Mutant } from './host.ts'
import { Network } from './network.ts'
import type { Asker } from './network.ts'
import { SimulatedClock, Time } from './time.ts'

const HOSTS = 3
const HUBS = 2
const PROJECTS = ['p', 'q']
const FAULTS_MS = 20 * TERM_MS
const QUIET_MS = 12 * TERM_MS
const OPEN_EVERY_MS = TERM_MS / 2

export interface Outcome {
  /** Two hosts ran the same project at this true time. */
  readonly violations: readonly string[]
  /** Projects that ran nowhere although all was well for a long time. */
  readonly stuck: readonly string[]
  readonly moves: number
}

/** Hosts and hubs, partitions, pauses and restarts by a seed; all are well in the end. */
export async function runSchedule(seed: number, mutant?: Mutant): Promise<Outcome> {
  return new World(seed, mutant).run()
}

class World implements HostWorld {
  readonly time = new Time()
  readonly facts = new Facts()
  readonly random: Random
  readonly network: Network
  readonly mutant: Mutant | undefined
  readonly #hosts: readonly SimulatedHost[]
  readonly #hubs: readonly Asker[]
  readonly #violations: string[] = []
  #moves = 0
  #beats = 0

  constructor(seed: number, mutant: Mutant | undefined) {
    this.random = randomOf(seed)
    this.network = new Network(this.time, this.random)
    this.mutant = mutant
    this.#hosts = Array.from({ length: HOSTS }, (_, n) => new SimulatedHost(`host${n}`, this))
    this.#hubs = Array.from({ length: HUBS }, () => ({
      clock: new SimulatedClock(
        this.time,
        this.random.below(1_200_000),
        0.95 + this.random.below(100) / 1000,
      ),
      isCut: false,
    }))
  }

  async run(): Promise<Outcome> {
    this.#planFaults()
    for (let ms = 0; ms < FAULTS_MS + QUIET_MS / 2; ms += OPEN_EVERY_MS) {
      this.time.at(ms + this.random.below(OPEN_EVERY_MS), () => this.#somebodyOpens())
    }
    await this.time.run(FAULTS_MS, () => this.#check())
    this.network.isCalm = true
    for (const host of this.#hosts) {
      host.isCut = false
      host.resume()
    }
    await this.time.run(FAULTS_MS + QUIET_MS, () => this.#check())
    const stuck = PROJECTS.filter((project) => !this.#hosts.some((host) => host.runs(project)))
    return { violations: this.#violations, stuck, moves: this.#moves }
  }

  #check(): void {
    for (const project of PROJECTS) {
      const running = this.#hosts.filter((host) => host.runs(project)).map(({ name }) => name)
      if (running.length > 1) {
        this.#violations.push(`${project} on ${running.join(' and ')} at ${this.time.nowMs}`)
      }
    }
  }

  #planFaults(): void {
    let ms = 0
    while (ms < FAULTS_MS) {
      ms += this.random.below(TERM_MS)
      const host = this.random.pick(this.#hosts)
      const durationMs = this.random.below(3 * TERM_MS)
      const fault = this.random.pick(['cut', 'paused', 'asleep', 'restarted'] as const)
      this.time.at(ms, () => {
        if (fault === 'cut' && host) host.isCut = true
        else if (fault === 'restarted') host?.restart()
        else host?.pause(fault === 'asleep')
      })
      this.time.at(ms + durationMs, () => {
        if (fault === 'cut' && host) host.isCut = false
        else if (fault !== 'restarted') host?.resume()
      })
    }
  }

  #somebodyOpens(): void {
    const project = this.random.pick(PROJECTS)
    const hub = this.random.pick(this.#hubs)
    if (project === undefined || hub === undefined) return
    // Nobody answered, or somebody else was first: the person tries again.
    this.#open(hub, project).catch(() => undefined)
  }

  async #open(hub: Asker, project: string): Promise<void> {
    const location = await this.network.ask(hub, () => this.facts.locations.get(project))
    const at = this.#hosts.find(({ name }) => name === location?.host)
    if (at === undefined || location === undefined) {
      return this.#start(hub, this.random.pick(this.#hosts), project, undefined)
    }
    const isMoved = this.random.chance(0.2) && !this.network.isCalm
    try {
      if (!isMoved) return await this.#start(hub, at, project, location.epoch)
      await this.#askHost(hub, at, () => at.stop(project))
    } catch {
      const { leases } = this
      const wait = (ms: number): Promise<void> => this.#wait(hub, ms)
      const newBeat = (): string => `hub ${this.#beats++}`
      const isFree = await breakLease({ leases: leases(hub), host: at.name, newBeat, wait })
      if (!isFree) return
    }
    const others = this.#hosts.filter((host) => host !== at)
    this.#moves++
    return this.#start(hub, this.random.pick(others), project, location.epoch)
  }

  readonly leases = (hub: Asker): LeaseStore => ({
    get: (host) => this.network.ask(hub, () => this.facts.leases.get(host)),
    take: (row, expected) => this.network.ask(hub, () => this.facts.take(row, expected)),
    renew: (row) => this.network.ask(hub, () => this.facts.renew(row)),
  })

  async #start(
    hub: Asker,
    host: SimulatedHost | undefined,
    project: string,
    epoch: number | undefined,
  ): Promise<void> {
    if (host) await this.#askHost(hub, host, () => host.start(project, epoch))
  }

  /** Both ends lose what a cut host is asked; what reaches it while it is paused waits there. */
  #askHost<T>(hub: Asker, host: SimulatedHost, work: () => Promise<T>): Promise<T> {
    return this.network.ask(hub, () =>
      this.network.ask(
        host,
        () =>
          new Promise<T>((resolve, reject) => {
            host.clock.enter(() => void work().then(resolve, reject))
          }),
      ),
    )
  }

  #wait(hub: Asker, ms: number): Promise<void> {
    const waitedMs = this.mutant === 'early_taker' ? ms / 4 : ms
    return new Promise((resolve) => {
      hub.clock.at(hub.clock.now() + waitedMs, resolve)
    })
  }
}
