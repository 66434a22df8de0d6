import type { ViewChange } from '../../sync/client.ts'
import { Coalescer } from './coalescer.ts'
import { mapPlace, samePlace } from './cursor-data.ts'
import type { CursorPlace } from './cursor-data.ts'

/** Where this person is, is told at most ten times a second. */
const TELL_EVERY_MS = 100
/** Who just came is told within this time, in milliseconds: several who come together are told once. */
const ANSWER_WITHIN_MS = 1000

export interface CursorTellerOptions {
  /** Tells the others. Returns false where nothing could be sent. */
  readonly tell: (place: CursorPlace | undefined) => boolean
  /** Whether changes wait to be sent or acknowledged: then cursors wait, and what they were is never sent. */
  readonly isCongested: () => boolean
}

/**
 * Tells the others where this person is, where they don't know it: they move the cursor by themselves with what is
 * typed at it, and with what others type. The first thing to be left out under load.
 */
export class CursorTeller {
  readonly #options: CursorTellerOptions
  readonly #telling = new Coalescer(TELL_EVERY_MS, () => this.#tell())
  #place: CursorPlace | undefined
  /** What the others take this person's place to be; null where they were told nothing, not even "nowhere". */
  #known: CursorPlace | undefined | null = null
  #answer: ReturnType<typeof setTimeout> | undefined

  constructor(options: CursorTellerOptions) {
    this.#options = options
  }

  get place(): CursorPlace | undefined {
    return this.#place
  }

  set(place: CursorPlace | undefined): void {
    this.#place = place
    if (!this.#isKnown()) this.#telling.ask()
  }

  /** The document changed: the others move this cursor as is done here. */
  mapThrough(change: Pick<ViewChange, 'texts'>, own: boolean): void {
    const side = own ? 1 : -1
    if (this.#place) this.#place = mapPlace(this.#place, change, side)
    if (this.#known) this.#known = mapPlace(this.#known, change, side)
  }

  /** Nobody knows: after joining. */
  restart(): void {
    this.#known = null
    this.#telling.ask()
  }

  /** Somebody came who was not told yet. */
  newcomer(): void {
    if (!this.#place) return
    this.#answer ??= setTimeout(() => {
      this.#answer = undefined
      this.restart()
    }, ANSWER_WITHIN_MS * Math.random())
  }

  close(): void {
    clearTimeout(this.#answer)
    this.#telling.close()
  }

  #isKnown(): boolean {
    return this.#known !== null && samePlace(this.#place, this.#known)
  }

  #tell(): void {
    if (this.#isKnown()) return
    // Asked for once more, so that the last place is told when the load is over.
    if (this.#options.isCongested()) this.#telling.askLater()
    else if (this.#options.tell(this.#place)) this.#known = this.#place
  }
}
