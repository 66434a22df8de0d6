import type { AccountId } from '../../messages/ids.ts'
import type { Client, ClientUpdate } from '../../sync/client.ts'
import { Value } from '../app/observable.ts'
import { CatchUp } from './merge-summary.ts'
import type { MergeSummary } from './merge-summary.ts'

/** With nothing to merge, what came within this time after a page is back, in milliseconds, is what others did meanwhile. */
const CATCH_UP_MS = 1000

/** Watches a session come back, and says what was merged then. */
export class HomeComing {
  readonly merged = new Value<MergeSummary | undefined>(undefined)
  readonly #accountId: AccountId
  readonly #now: () => number
  #catchUp: CatchUp | undefined
  #adopted = 0
  /** Undefined while the session is up to date. */
  #leftMs: number | undefined
  /** What the client had when it connected. */
  #had = { m: 0, edits: 0 }
  #acknowledged = 0
  /** Others' changes came as one, which does not say whose they are. */
  #mergedUnseen = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(accountId: AccountId, now: () => number) {
    this.#accountId = accountId
    this.#now = now
  }

  /** The client that connects next brings so many changes of a closed tab. */
  adopted(changes: number): void {
    this.#adopted = changes
  }

  left(): void {
    this.#leftMs ??= this.#now()
    this.#stop()
  }

  /** `changes`: how many this person would call what the client brings. */
  connecting(client: Client, changes: number): void {
    this.#stop()
    const resumes = client.phase === 'resuming' || client.restored
    if (!resumes) this.#leftMs = undefined
    if (!resumes) return
    this.#catchUp = new CatchUp({
      accountId: this.#accountId,
      own: changes,
      fromClosedTab: this.#adopted > 0,
      awayMs: this.#leftMs === undefined ? 0 : this.#now() - this.#leftMs,
    })
    this.#had = { m: client.m, edits: client.stack.length }
    this.#acknowledged = 0
    this.#mergedUnseen = false
  }

  received(client: Client, update: ClientUpdate): void {
    if (!this.#catchUp) return
    if (update.problem) {
      this.#stop()
      return
    }
    if (update.joined) {
      this.#finish(client.m - this.#had.m > this.#had.edits)
      return
    }
    this.#catchUp.saw(update.changes)
    if (update.changes.some(({ by }) => by === undefined)) this.#mergedUnseen = true
    this.#acknowledged += update.acknowledged
    if (update.resumed && this.#had.edits === 0)
      this.#timer = setTimeout(() => this.#finish(), CATCH_UP_MS)
    if (this.#had.edits > 0 && this.#acknowledged >= this.#had.edits) this.#finish()
  }

  dismiss(): void {
    this.merged.set(undefined)
  }

  close(): void {
    this.#stop()
  }

  #finish(changedUnseen = this.#mergedUnseen): void {
    const summary = this.#catchUp?.summary(changedUnseen)
    this.#stop()
    this.#leftMs = undefined
    this.#adopted = 0
    if (!summary) return
    // Several closed tabs come one after another.
    const before = this.merged.get()
    const own = summary.own + (summary.fromClosedTab && before?.fromClosedTab ? before.own : 0)
    this.merged.set({ ...summary, own })
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#catchUp = undefined
  }
}
