import { LeaseTimer } from '../../../src/project-server/launcher/lease-timer.ts'
import { HostLease } from '../../../src/project-server/leases/host-lease.ts'
import {
  EPOCH_STEP_MAX,
  startUnderLease,
} from '../../../src/project-server/leases/start-under-lease.ts'
import type { Random } from '../sync/random.ts'
import type { Facts } from './facts.ts'
import type { Asker, Network } from './network.ts'
import type { Time } from './time.ts'
import { SimulatedClock } from './time.ts'

export const TERM_MS = 30_000
const START_MS = 3_000
/** On a machine that is busy, or asleep. */
const SLOW_START_MS = 3 * TERM_MS
const END_MS = 300

/** Ways to break the protocol on purpose: the simulation must notice each. */
export type Mutant = 'early_taker' | 'no_check_at_start' | 'no_timer' | 'start_without_claim'

interface Running {
  readonly epoch: number
  readonly timer: LeaseTimer
  isRunning: boolean
}

export interface HostWorld {
  readonly time: Time
  readonly random: Random
  readonly network: Network
  readonly facts: Facts
  readonly mutant: Mutant | undefined
}

/** A compute host: its project server, which may be paused or restarted, and its launchers, which go on. */
export class SimulatedHost implements Asker {
  readonly name: string
  readonly clock: SimulatedClock
  isCut = false
  readonly #world: HostWorld
  readonly #machine: SimulatedClock
  readonly #running = new Map<string, Running>()
  #lease: HostLease
  #times: readonly [number, number] = [0, 0]
  /** One step at a time for each project, as in `Project`; those of one process. */
  #steps = new Map<string, Promise<unknown>>()
  #beats = 0

  constructor(name: string, world: HostWorld) {
    this.name = name
    this.#world = world
    // Clocks may be ten minutes off, and of another speed.
    const offsetMs = world.random.below(1_200_000)
    const speed = 0.95 + world.random.below(100) / 1000
    this.clock = new SimulatedClock(world.time, offsetMs, speed)
    this.#machine = new SimulatedClock(world.time, offsetMs, speed)
    this.#lease = this.#newLease()
    this.#lease.start()
  }

  runs(project: string): boolean {
    return !this.#machine.isPaused && this.#running.get(project)?.isRunning === true
  }

  /** Answers the epoch with which it runs. */
  start(project: string, foundEpoch: number | undefined): Promise<number> {
    return this.#step(project, () => this.#start(project, foundEpoch))
  }

  /** Answers once it does not run. */
  stop(project: string): Promise<void> {
    return this.#step(project, async () => {
      await this.#later(this.#world.random.below(END_MS))
      this.#ended(project)
    })
  }

  async #start(project: string, foundEpoch: number | undefined): Promise<number> {
    const found = this.#running.get(project)
    if (found?.isRunning) return found.epoch
    if (this.#lease.state !== 'held') throw new Error('no lease')
    const { network, facts, mutant } = this.#world
    const process = this.#steps
    return startUnderLease({
      hold: await this.#lease.held(AbortSignal.abort()),
      host: this.name,
      foundEpoch,
      step: () => 1 + this.#world.random.below(EPOCH_STEP_MAX),
      claim: async (epoch, expected) => {
        const row = { host: this.name, epoch }
        if (mutant === 'start_without_claim') return row
        return network.ask(this, () => facts.claim(project, row, expected))
      },
      start: async (epoch, check) => {
        const { random } = this.#world
        await this.#later(random.below(random.chance(0.15) ? SLOW_START_MS : START_MS))
        // A project server that was restarted meanwhile has forgotten it.
        if (process !== this.#steps) throw new Error('restarted')
        if (mutant !== 'no_check_at_start') check()
        this.#launch(project, epoch)
        return epoch
      },
    })
  }

  /** kill -9 of the project server, and its next one. */
  restart(): void {
    this.#lease.close()
    this.#steps = new Map()
    this.#lease = this.#newLease()
    this.#lease.start()
  }

  pause(isWhole: boolean): void {
    this.clock.pause()
    if (isWhole) this.#machine.pause()
  }

  resume(): void {
    // What is due on the machine happens before its project server can do anything about it, or after.
    if (this.#world.random.chance(0.5)) this.#machine.resume()
    this.clock.resume()
    this.#machine.resume()
  }

  #step<T>(project: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#steps.get(project) ?? Promise.resolve()).then(work)
    this.#steps.set(
      project,
      result.catch(() => undefined),
    )
    return result
  }

  #newLease(): HostLease {
    const { facts, network } = this.#world
    const lease: HostLease = new HostLease({
      holder: this.name,
      termMs: TERM_MS,
      clock: this.clock,
      newBeat: () => `${this.name} ${this.#beats++}`,
      renew: (row) => network.ask(this, () => facts.renew({ ...row, host: this.name })),
      take: (row, expected) =>
        network.ask(this, () => facts.take({ ...row, host: this.name }, expected)),
      onExtended: (...times) => {
        if (lease !== this.#lease) return
        this.#times = times
        for (const { timer } of this.#running.values()) timer.extend(...times)
      },
      endAll: async () => {
        await this.#later(END_MS)
        for (const project of this.#running.keys()) this.#ended(project)
      },
      onState: () => undefined,
    })
    return lease
  }

  #launch(project: string, epoch: number): void {
    const running: Running = {
      epoch,
      isRunning: true,
      timer: new LeaseTimer({
        clock: this.#machine,
        freeze: () => (running.isRunning = false),
        thaw: () => (running.isRunning = true),
        end: () => (running.isRunning = false),
      }),
    }
    this.#ended(project)
    this.#running.set(project, running)
    if (this.#world.mutant !== 'no_timer') running.timer.extend(...this.#times)
  }

  #ended(project: string): void {
    const running = this.#running.get(project)
    if (running === undefined) return
    running.isRunning = false
    running.timer.close()
    this.#running.delete(project)
  }

  #later(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.at(this.clock.now() + ms, resolve)
    })
  }
}
