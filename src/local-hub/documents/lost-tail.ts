import { endRecovery } from '../../sync/end-recovery.ts'
import type { Owner } from '../../sync/owner.ts'
import { beginRecovery, recoveryIsIdle } from '../../sync/recovery.ts'

/**
 * How long pages may take to come back after the machine went down, in milliseconds: they try again at once, then each
 * second or two. Who comes later repairs by itself.
 */
const COME_BACK_MS = 3_000

/**
 * It is not waited longer than this, in milliseconds: for the answer of one that was asked, or for the first to say what
 * it has. On a busy machine that takes a while, and nobody else waits; going on without it would make what it has, and
 * what is on the disk, two versions of one text.
 */
const LAST_MS = 10_000

export interface LostTailOptions {
  readonly owner: Owner
  /** What is to be said in the journal. */
  readonly reason: string
  /** Of the life that begins. */
  readonly term: () => number
}

/**
 * A document whose journal may have lost its end waits for who knows more: nothing else happens to it meanwhile, and
 * nobody is answered.
 */
export class LostTail {
  readonly #options: LostTailOptions
  readonly #timers: ReturnType<typeof setTimeout>[]
  readonly #end: () => void
  #overdue = false
  /** Resolved when it goes on. */
  readonly ended: Promise<void>

  constructor(options: LostTailOptions) {
    this.#options = options
    beginRecovery(options.owner)
    let end = (): void => undefined
    this.ended = new Promise((resolve) => {
      end = resolve
    })
    this.#end = end
    this.#timers = [
      setTimeout(() => {
        this.#overdue = true
        this.look()
      }, COME_BACK_MS),
      setTimeout(() => this.end(), LAST_MS),
    ]
  }

  /** After each message. */
  look(): void {
    const { owner } = this.#options
    const somebodyCame = owner.recovery !== undefined && owner.recovery.held.size > 0
    if (this.#overdue && somebodyCame && recoveryIsIdle(owner)) this.end()
  }

  /** Goes on with what is known. */
  end(): void {
    const { owner, reason, term } = this.#options
    for (const timer of this.#timers) clearTimeout(timer)
    if (owner.recovery) endRecovery(owner, { term: term(), at: Date.now(), reason })
    this.#end()
  }
}
