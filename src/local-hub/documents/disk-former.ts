import { keepBase } from '../../sync/disk-base.ts'
import type { SavedBase } from '../../sync/saved-base.ts'

/**
 * A text that was on the disk is put back on purpose, as `git checkout` does, when it was replaced longer ago than this,
 * in milliseconds. Before that, a program wrote what it had read before a save, unchanged: `sed -i` takes no longer.
 */
const STALE_EQUAL_MS = 2_000

/** Hashes of texts that were on the disk: a day of typing saves some thousands. */
const HASHES_MAX = 10_000

/** The texts that were on the disk before the one that is there now. */
export class FormerTexts {
  #bases: readonly SavedBase[] = []
  /** Until when it was there, wall time in ms, by the hash of the bytes. The oldest first. */
  readonly #until = new Map<string, number>()

  /** What foreign changes may be made of, the oldest first. */
  get bases(): readonly SavedBase[] {
    return this.#bases
  }

  /** It was on the disk until now. */
  replaced(base: SavedBase, at: number): void {
    this.#bases = keepBase(this.#bases, base)
    this.#until.delete(base.hash)
    this.#until.set(base.hash, at)
    const [oldest] = this.#until.keys()
    if (this.#until.size > HASHES_MAX && oldest !== undefined) this.#until.delete(oldest)
  }

  isPutBack(hash: string, at: number): boolean {
    const until = this.#until.get(hash)
    return until !== undefined && at - until >= STALE_EQUAL_MS
  }
}
