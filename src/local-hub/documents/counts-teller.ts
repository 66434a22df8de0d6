import type { NoticeOf } from '../../messages/define.ts'
import type { localHubToHubNotices } from '../../messages/hub-local-hub.ts'
import type { PoolMetrics } from './worker-pool.ts'

/** Counts are told at most this often, in milliseconds: who collects them does so every 15 s or more. */
const TELL_EVERY_MS = 5_000

export type DocumentCounts = NoticeOf<typeof localHubToHubNotices, 'documents_counted'>

export interface CountsTellerOptions {
  readonly metrics: () => PoolMetrics
  /** False where nobody hears it: it is told again with what comes. */
  readonly tell: (counts: DocumentCounts) => boolean
  /** Default TELL_EVERY_MS. */
  readonly everyMs?: number
}

/** Tells a hub what the documents' threads did, a while after something has happened. */
export class CountsTeller implements Disposable {
  readonly #options: CountsTellerOptions
  #told: Pick<PoolMetrics, 'turns' | 'moves' | 'threadsLost' | 'divergences'> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: CountsTellerOptions) {
    this.#options = options
  }

  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#tell()
    }, this.#options.everyMs ?? TELL_EVERY_MS).unref()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    const now = this.#options.metrics()
    const before = this.#told
    const isTold = this.#options.tell({
      open: now.documents,
      threads: now.threads,
      turns: now.turns - (before?.turns ?? 0),
      moves: now.moves - (before?.moves ?? 0),
      threadsLost: now.threadsLost - (before?.threadsLost ?? 0),
      divergences: now.divergences - (before?.divergences ?? 0),
      longestTurnMs: now.longestTurnMs,
    })
    if (isTold) this.#told = now
  }
}
