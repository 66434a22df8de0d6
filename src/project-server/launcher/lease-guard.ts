import type { Logger } from '../../daemon/logging.ts'
import { endProcesses, signalProcess } from '../isolation/end-processes.ts'
import type { Belonging } from '../isolation/end-processes.ts'
import { freezeProcesses, processTree, thawProcesses } from '../isolation/freeze-processes.ts'
import { MACHINE_CLOCK } from '../leases/lease-clock.ts'
import type { LeaseClock } from '../leases/lease-clock.ts'
import { LeaseTimer } from './lease-timer.ts'

export interface LeaseGuardOptions {
  readonly belonging: Belonging
  readonly logger: Logger
  readonly clock?: LeaseClock
  /** The process below which the project's are: this one, but in tests. */
  readonly root?: number
  readonly onFrozen: (frozen: boolean) => void
  readonly onEnd: () => void
}

/** Freezes and ends the processes below this one in time, whoever else is alive. */
export class LeaseGuard implements Disposable {
  readonly #options: LeaseGuardOptions
  readonly #timer: LeaseTimer
  readonly #root: number
  readonly #stopped: number[] = []
  #steps: Promise<void> = Promise.resolve()
  #isFrozen = false

  constructor(options: LeaseGuardOptions) {
    this.#options = options
    this.#root = options.root ?? process.pid
    this.#timer = new LeaseTimer({
      clock: options.clock ?? MACHINE_CLOCK,
      freeze: () => this.#set(true),
      thaw: () => this.#set(false),
      end: options.onEnd,
    })
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Times since the machine was booted. */
  extend({ freezeMs, endMs }: { readonly freezeMs: number; readonly endMs: number }): void {
    this.#timer.extend(freezeMs, endMs)
  }

  /** Whether something may be started now. */
  get mayStart(): boolean {
    return this.#timer.state === 'running'
  }

  /** What was started again while all stands still is stopped too. */
  started(): void {
    if (this.#isFrozen) this.#step(() => this.#freeze())
  }

  /** Kills all there is, frozen or not. */
  async endAll(): Promise<void> {
    // Those below this process are found at once, however many others there are.
    for (const pid of await processTree(this.#root)) signalProcess(pid, 'SIGKILL')
    await endProcesses(this.#options.belonging)
  }

  [Symbol.dispose](): void {
    this.#timer.close()
  }

  #set(isFrozen: boolean): void {
    this.#isFrozen = isFrozen
    this.#options.logger.warn({ frozen: isFrozen }, 'the lease of this host')
    this.#step(async () => {
      if (isFrozen) await this.#freeze()
      else thawProcesses(this.#stopped.splice(0))
    })
    this.#options.onFrozen(isFrozen)
  }

  async #freeze(): Promise<void> {
    this.#stopped.push(...(await freezeProcesses(this.#options.belonging, this.#root)))
  }

  /** One after the other: what was frozen last is known before it is thawed. */
  #step(work: () => Promise<void>): void {
    this.#steps = this.#steps.then(work).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'the project could not be frozen or thawed')
    })
  }
}
