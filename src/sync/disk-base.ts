import type { CellId } from './change.ts'
import { diffStatesInSteps, editCost } from './diff.ts'
import { holdsLaterText, NO_CHANCE_LENGTH } from './disk-evidence.ts'
import type { ForeignDocument, SavedBase } from './saved-base.ts'
import type { DocumentState } from './document-state.ts'
import type { Edit } from './edit.ts'
import type { Owner } from './owner.ts'
import type { Steps } from './steps.ts'

/**
 * Texts that were on the disk and are kept: a program may have read any of them. They share what they have in common,
 * and 200 are some minutes of typing.
 */
export const BASES_KEPT_MAX = 200

/** A program writes at most so long after it read the file, in milliseconds; a base that was replaced earlier is out. */
const STALE_WRITER_MS = 10 * 60_000

/** In a shorter text, each character that is left counts. */
const SHORT_LENGTH = 16

/** Characters that may be compared in all: some 100 ms where much was typed all over the text, in steps. */
const COMPARED_CHARACTERS_MAX = 256 * 1024

/** Bases that a foreign text is compared with however long it is. */
const COMPARED_MIN = 4

/** Seconds for the comparison with a base that is not the newest. */
const DIFF_TIMEOUT_S = 0.02

export interface BaseChoice {
  readonly base: SavedBase
  /** Makes the foreign document of it. */
  readonly edit: Edit
}

interface Compared extends BaseChoice {
  readonly index: number
  readonly cost: number
}

/** Keeps one more base, the newest. */
export function keepBase(bases: readonly SavedBase[], base: SavedBase): readonly SavedBase[] {
  const newest = bases.at(-1)
  const others = newest?.hash === base.hash && newest.v === base.v ? bases.slice(0, -1) : bases
  return [...others.slice(1 - BASES_KEPT_MAX), base]
}

/**
 * The base that a foreign document differs least from, and how; but none that is older than a text in the document. Of
 * equal ones the newest. Where the text is too long to compare all: the newest ones and some in between, then the
 * neighbours of the best. In steps of some milliseconds: meanwhile the owner may go on.
 */
export function* nearestBase(
  owner: Owner,
  bases: readonly SavedBase[],
  foreign: ForeignDocument,
): Steps<BaseChoice | undefined> {
  const comparisons = new Comparisons(bases, foreign)
  const newest = yield* comparisons.compare(bases.length - 1)
  const own = bases.findLastIndex((base) => base.chain.length === 0)
  for (;;) {
    const best = (yield* comparisons.best()) ?? newest
    if (best === undefined || best.index >= own || best.cost === newest?.cost) return best
    const later = yield* comparisons.compare(own)
    if (later === undefined || !holdsLaterText(owner, best.base, later)) return best
    comparisons.ruleOut(best)
  }
}

/** The differences of a foreign document from the bases, each found once. */
class Comparisons {
  readonly #bases: readonly SavedBase[]
  readonly #foreign: ForeignDocument
  readonly #compared = new Map<number, Compared | undefined>()
  /** Foreign bases that the document was not made of, and the first index that no version before it was. */
  readonly #ruledOut = new Set<number>()
  #oldest = 0
  #left: number

  constructor(bases: readonly SavedBase[], foreign: ForeignDocument) {
    this.#bases = bases
    this.#foreign = foreign
    const length = lengthOf(foreign.state)
    this.#left = Math.max(COMPARED_MIN, Math.floor(COMPARED_CHARACTERS_MAX / (length + 1)))
  }

  /** Undefined where there is no such base, or it is none that the foreign document can be made of. */
  *compare(index: number): Steps<Compared | undefined> {
    const base = this.#bases[index]
    if (base === undefined) return undefined
    if (this.#compared.has(index)) return this.#compared.get(index)
    const isNewest = index === this.#bases.length - 1
    const isPossible = isNewest || mayBeRead(this.#bases, index, this.#foreign.at)
    const compared = isPossible
      ? yield* comparedWith(base, index, this.#foreign.state, isNewest)
      : undefined
    this.#compared.set(index, compared)
    if (isPossible) {
      this.#left--
      yield
    }
    return compared
  }

  /**
   * It lacks text that the foreign document has. Then so do all before a version of the history; but what a program
   * wrote was made of an older one than those beside it, and rules out itself alone.
   */
  ruleOut({ base, index }: Compared): void {
    if (base.chain.length > 0) this.#ruledOut.add(index)
    else this.#oldest = index + 1
  }

  /** The nearest that is not ruled out, as far as they may be compared. */
  *best(): Steps<Compared | undefined> {
    const newest = this.#bases.length - 1
    let best: Compared | undefined
    for (const back of [0, 1, 2, 3, 8, 16, 32, 64, 128]) {
      best = yield* this.#nearer(best, newest - back)
    }
    for (let step = Math.ceil(this.#bases.length / 4); step >= 1;) {
      const from = this.#nearest(best)
      best = yield* this.#nearer(best, from + step)
      best = yield* this.#nearer(best, from - step)
      if (this.#nearest(best) === from) step = Math.floor(step / 2)
    }
    for (let index = newest; index >= this.#oldest; index--) {
      best = yield* this.#nearer(best, index)
    }
    return best
  }

  /** The best so far, or the one at an index. */
  *#nearer(best: Compared | undefined, index: number): Steps<Compared | undefined> {
    if (index < this.#oldest || this.#ruledOut.has(index)) return best
    if (this.#left <= 0 && !this.#compared.has(index)) return best
    if (best && leastCost(this.#bases[index]?.state, this.#foreign.state) > best.cost) return best
    const compared = yield* this.compare(index)
    return compared && (!best || isNearer(compared, best)) ? compared : best
  }

  #nearest(best: Compared | undefined): number {
    return best?.index ?? this.#bases.length - 1
  }
}

function isNearer(a: Compared, b: Compared): boolean {
  return a.cost < b.cost || (a.cost === b.cost && a.index > b.index)
}

/** It was on the disk a moment ago: until the next one came. */
function mayBeRead(bases: readonly SavedBase[], index: number, at: number): boolean {
  const until = bases[index + 1]?.at
  return until === undefined || until >= at - STALE_WRITER_MS
}

/** Undefined where the foreign document was not made of this base, however short the way: a text that was replaced. */
function* comparedWith(
  base: SavedBase,
  index: number,
  foreign: DocumentState,
  isNewest: boolean,
): Steps<Compared | undefined> {
  const timeoutS = isNewest ? undefined : DIFF_TIMEOUT_S
  const edit = yield* diffStatesInSteps(base.state, foreign, timeoutS)
  if (!isNewest && !isMadeOf(base.state, edit)) return undefined
  return { base, edit, index, cost: editCost(edit) }
}

/** Something is left of the base, and that is half of it at least or half of what there is now. */
function isMadeOf(base: DocumentState, edit: Edit): boolean {
  const length = lengthOf(base)
  let left = length
  let inserted = 0
  for (const op of edit) {
    if (op[0] === 'd') left -= lengthOfCell(base, op[2])
    if (op[0] !== 't') continue
    let keptFrom = 0
    op[2].iterChanges((from, to, fromB, toB) => {
      left -= to - from
      // In a text of some length, two characters are left anywhere by chance.
      if (length >= SHORT_LENGTH && from - keptFrom < NO_CHANCE_LENGTH) left -= from - keptFrom
      keptFrom = to
      inserted += toB - fromB
    })
  }
  return left > 0 && (length - left <= left || inserted <= left)
}

function lengthOfCell(state: DocumentState, cell: CellId): number {
  let length = 0
  for (const [, text] of state.texts.under(cell)) length += text.length
  return length
}

/** The difference can't cost less than that of the lengths; deletions weigh double. */
function leastCost(base: DocumentState | undefined, foreign: DocumentState): number {
  let cost = 0
  for (const part of foreign.texts.sortedKeys()) {
    const longer = (foreign.texts.get(part)?.length ?? 0) - (base?.texts.get(part)?.length ?? 0)
    cost += longer > 0 ? longer : -2 * longer
  }
  return cost
}

function lengthOf(state: DocumentState | undefined): number {
  let length = 0
  for (const part of state?.texts.sortedKeys() ?? []) length += state?.texts.get(part)?.length ?? 0
  return length
}
