import type { AccountId } from '../../messages/ids.ts'
import type { ViewChange } from '../../sync/client.ts'
import { replacements } from '../../sync/replacements.ts'

/** Who was away for less than this, in milliseconds, saw what happened. */
const TOLD_AFTER_MS = 60_000

/** What came together when a page was back. */
export interface MergeSummary {
  /** Changes of this person that were merged. */
  readonly own: number
  /** Whether they are of a tab that was closed. */
  readonly fromClosedTab: boolean
  readonly awayMs: number
  /** Most changes first. Nobody is listed where a document was read anew: it does not say who changed it. */
  readonly others: readonly { readonly name: string; readonly changes: number }[]
  /** Others changed it, with names above or without. */
  readonly othersChanged: boolean
}

interface Counted {
  readonly name: string
  changes: number
  /** Where the last one ended: typing goes on there. */
  end: { readonly part: string; readonly offset: number } | undefined
}

/** Counts what comes between being back and being up to date. */
export class CatchUp {
  readonly #accountId: AccountId
  readonly #own: number
  readonly #fromClosedTab: boolean
  readonly #awayMs: number
  readonly #others = new Map<string, Counted>()

  constructor(options: {
    readonly accountId: AccountId
    /** Changes of this person that wait to be merged. */
    readonly own: number
    readonly fromClosedTab: boolean
    readonly awayMs: number
  }) {
    this.#accountId = options.accountId
    this.#own = options.own
    this.#fromClosedTab = options.fromClosedTab
    this.#awayMs = options.awayMs
  }

  saw(changes: readonly ViewChange[]): void {
    for (const change of changes) {
      const { by } = change
      const name = by?.accountId === this.#accountId ? 'you in another tab' : (by?.name ?? '')
      if (name) this.#count(name, change)
    }
  }

  /** Undefined where there is nothing to tell. `changedUnseen`: others changed it, and it was read anew. */
  summary(changedUnseen: boolean): MergeSummary | undefined {
    const wasLong = this.#awayMs >= TOLD_AFTER_MS
    const othersChanged = changedUnseen || this.#others.size > 0
    const isNews = this.#fromClosedTab ? this.#own > 0 : wasLong && (this.#own > 0 || othersChanged)
    if (!isNews) return undefined
    const others = [...this.#others.values()].sort((a, b) => b.changes - a.changes)
    return {
      own: this.#own,
      fromClosedTab: this.#fromClosedTab,
      awayMs: this.#awayMs,
      others: others.map(({ name, changes }) => ({ name, changes })),
      othersChanged,
    }
  }

  /** Strokes that go on where the last ended are one change, as a person would call it. */
  #count(name: string, change: ViewChange): void {
    const counted = this.#others.get(name) ?? { name, changes: 0, end: undefined }
    this.#others.set(name, counted)
    const text = change.texts.length === 1 ? change.texts[0] : undefined
    const places = text ? replacements(text.changes) : []
    const place = places.length === 1 ? places[0] : undefined
    const { end } = counted
    const goesOn =
      end !== undefined &&
      text?.part === end.part &&
      place !== undefined &&
      (place.from === end.offset || place.to === end.offset)
    if (!goesOn) counted.changes++
    counted.end =
      text && place ? { part: text.part, offset: place.from + place.inserted.length } : undefined
  }
}
