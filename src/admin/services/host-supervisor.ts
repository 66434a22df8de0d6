import { EventEmitter, once } from 'node:events'

import type { Manifest } from '../configure/manifest.ts'
import type { Action, Answer, Ask, HostStatus } from './control.ts'
import { SupervisedService } from './supervised-service.ts'

/** What others wait for does not come: they are started all the same, and say themselves what they lack. */
const WAIT_FOR_OTHERS_MS = 60_000

/** All services of a host. */
export class HostSupervisor {
  readonly #manifest: Manifest
  readonly #services: ReadonlyMap<string, SupervisedService>
  readonly #changes = new EventEmitter<{ change: [] }>().setMaxListeners(0)
  readonly #sinceMs = Date.now()
  readonly #onEnd: () => void
  /** Aborted once all are stopped for good: nothing is started any more. */
  readonly #ending = new AbortController()

  constructor(from: {
    readonly manifest: Manifest
    readonly configured: string
    /** Somebody asked for the end of all. */
    readonly onEnd: () => void
  }) {
    const { manifest, configured } = from
    this.#manifest = manifest
    this.#onEnd = from.onEnd
    const onChange = (): void => void this.#changes.emit('change')
    this.#services = new Map(
      manifest.services.map((spec) => [
        spec.id,
        new SupervisedService({ manifest, spec, configured, onChange }),
      ]),
    )
  }

  status(): HostStatus {
    const { deployment, host } = this.#manifest
    return {
      deployment,
      host,
      pid: process.pid,
      sinceMs: this.#sinceMs,
      services: [...this.#services.values()].map((service) => ({
        id: service.spec.id,
        state: service.describe(),
        serves: service.serves,
        failed: service.failed,
        ...(service.note === undefined ? {} : { note: service.note }),
      })),
    }
  }

  /** Starts everything, each once what it asks for serves. */
  async startAll(): Promise<void> {
    await Promise.allSettled(
      [...this.#services.values()].map(async (service) => {
        await this.#untilAll(service.spec.after)
        if (!this.#ending.signal.aborted) await service.start()
      }),
    )
  }

  /** Stops everything, each before what it asks for. */
  async stopAll(): Promise<void> {
    this.#ending.abort()
    const stopped = new Map<string, Promise<void>>()
    const stop = (id: string): Promise<void> => {
      const known = stopped.get(id)
      if (known !== undefined) return known
      const before = [...this.#services.values()].filter(({ spec }) => spec.after.includes(id))
      const done = Promise.all(before.map(({ spec }) => stop(spec.id))).then(() =>
        this.#services.get(id)?.stop(),
      )
      stopped.set(id, done)
      return done
    }
    await Promise.all([...this.#services.keys()].map(stop))
  }

  /** Answers what a command asks. */
  async handle(ask: Ask): Promise<Answer> {
    switch (ask.ask) {
      case 'status':
        return this.status()
      case 'await_ready':
        await this.#until(() => [...this.#services.keys()].every((id) => this.#isSettled(id)))
        return this.status()
      case 'end':
        this.#onEnd()
        // The connection ends when this process does.
        return new Promise(() => undefined)
      default:
        return this.#act(ask.ask, ask.service)
    }
  }

  async #act(action: Action, id: string): Promise<Answer> {
    const service = this.#services.get(id)
    if (service === undefined) {
      const known = [...this.#services.keys()].join(', ')
      return { error: `${this.#manifest.host} has no service "${id}"; it has ${known}` }
    }
    await service[action]()
    if (action !== 'stop') await this.#until(() => this.#isSettled(id))
    return this.status()
  }

  async #untilAll(ids: readonly string[]): Promise<void> {
    const tooLong = AbortSignal.timeout(WAIT_FOR_OTHERS_MS)
    const signal = AbortSignal.any([tooLong, this.#ending.signal])
    try {
      await this.#until(() => ids.every((id) => this.#isSettled(id)), signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #isSettled(id: string): boolean {
    const service = this.#services.get(id)
    return service === undefined || service.serves || service.failed
  }

  async #until(isSo: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!isSo()) await once(this.#changes, 'change', signal === undefined ? {} : { signal })
  }
}
