import type { HubBeat } from '../../messages/hub-to-hub.ts'

/*
 *   another hub:   (unknown) ── beat ──> heard ── SILENT_MS without one ──> silent ── beat ──> heard
 *                                          └── its good-bye ──> (unknown)
 *
 * (I1) A beat whose number is not the next one, and a hub that has fallen silent, mean that events of that hub may have
 *      been lost: one that was killed may have changed a fact and not have published it.
 * (I2) This hub is the steward only after having listened for SILENT_MS: until then an earlier one may be there.
 */

/** How often hubs say that they live: what was lost is noticed within so many milliseconds of the next that arrives. */
export const BEAT_MS = 500

/** Six beats: longer than a hub collects garbage. */
export const SILENT_MS = 3_000

/** A tick that comes so late was held up in this process, as were the beats that it looks for. */
const LATE_TICK_MS = 2 * BEAT_MS

/** Hubs that fell silent, of which one or the other comes back. */
const SILENT_REMEMBERED_MAX = 1_000

interface Heard {
  readonly beat: HubBeat
  readonly atMs: number
}

export interface HeardHubsOptions {
  /** Names this hub among those that are heard. */
  readonly self: { readonly hubId: string; readonly life: string }
  /** SILENT_MS where nothing else is said. */
  readonly silentMs?: number | undefined
  /** Of a monotonic clock. */
  readonly now: () => number
  /** Events may have been lost. */
  readonly onMissed: (why: string) => void
  /** A hub has come, gone or begun to drain, or this one has become or ceased to be the steward. */
  readonly onChange: () => void
}

/** What one hub knows of the others by their beats. Calls nobody by itself: `tick` is the clock's. */
export class HeardHubs {
  readonly #options: HeardHubsOptions
  readonly #silentMs: number
  readonly #heard = new Map<string, Heard>()
  readonly #silent = new Set<string>()
  #listeningSinceMs: number
  #lastTickMs: number
  #wasSteward = false

  constructor(options: HeardHubsOptions) {
    this.#options = options
    this.#silentMs = options.silentMs ?? SILENT_MS
    this.#listeningSinceMs = options.now()
    this.#lastTickMs = this.#listeningSinceMs
  }

  get others(): readonly HubBeat[] {
    return [...this.#heard.values()].map(({ beat }) => beat)
  }

  get isSteward(): boolean {
    const { self, now } = this.#options
    if (now() - this.#listeningSinceMs < this.#silentMs) return false
    return this.others.every((other) => other.draining || nameOf(self) < nameOf(other))
  }

  heard(beat: HubBeat): void {
    const { now, onMissed } = this.#options
    const before = this.#heard.get(beat.life)
    if (before !== undefined && beat.beat <= before.beat.beat) return
    if (beat.leaving) {
      this.#heard.delete(beat.life)
      this.#changed()
      return
    }
    this.#heard.set(beat.life, { beat, atMs: now() })
    if (this.#silent.delete(beat.life)) onMissed(`the hub ${beat.hubId} is heard again`)
    else if (before !== undefined && beat.beat !== before.beat.beat + 1) {
      onMissed(`beats of the hub ${beat.hubId} were lost`)
    }
    if (before === undefined || before.beat.draining !== beat.draining) this.#changed()
  }

  /** To be called every BEAT_MS. */
  tick(): void {
    const nowMs = this.#options.now()
    const late = nowMs - this.#lastTickMs > BEAT_MS + LATE_TICK_MS
    this.#lastTickMs = nowMs
    for (const [life, { beat, atMs }] of this.#heard) {
      if (late) this.#heard.set(life, { beat, atMs: nowMs })
      else if (nowMs - atMs >= this.#silentMs) this.#fellSilent(life, beat.hubId)
    }
    if (this.isSteward !== this.#wasSteward) this.#changed()
  }

  /** The line to the others was lost or is there again: all that was known of them is old. */
  listenAnew(): void {
    this.#heard.clear()
    this.#silent.clear()
    this.#listeningSinceMs = this.#options.now()
    this.#changed()
  }

  #fellSilent(life: string, hubId: string): void {
    this.#heard.delete(life)
    if (this.#silent.size >= SILENT_REMEMBERED_MAX) this.#silent.clear()
    this.#silent.add(life)
    this.#options.onMissed(`nothing was heard of the hub ${hubId} for ${this.#silentMs} ms`)
    this.#changed()
  }

  #changed(): void {
    this.#wasSteward = this.isSteward
    this.#options.onChange()
  }
}

function nameOf({ hubId, life }: { readonly hubId: string; readonly life: string }): string {
  return `${hubId} ${life}`
}
