import type { Text } from '@codemirror/state'

import type { PartId } from './change.ts'
import { PATCH_SEARCH_MAX } from './limits.ts'
import type { PatchHunk } from './messages.ts'
import { findExactPlace, findInsertPlace, findNear, isThere } from './patch-place.ts'
import type { Place } from './patch-place.ts'

/** Characters on each side of where a hunk is expected that cost next to nothing to look through, and what that costs. */
const NEAR = 1024
const NEAR_COST = 256

/** How much more a fuzzy search costs than one for the text as it was. */
const FUZZY_COST = 32

/** What the places of a patch may cost yet, in characters; and by how much the last hunk of each part had moved. */
export interface Search {
  left: number
  readonly shifts: Map<PartId, number>
}

export function newSearch(): Search {
  return { left: PATCH_SEARCH_MAX, shifts: new Map() }
}

/**
 * A text in which the places of hunks are looked for: near to where they were, and only then all over it. When the search
 * has cost too much nothing is found any more, so that no patch holds its thread for long.
 */
export class SearchedText {
  readonly #text: Text
  readonly #part: PartId
  readonly #search: Search
  #whole: string | undefined

  constructor(text: Text, part: PartId, search: Search) {
    this.#text = text
    this.#part = part
    this.#search = search
  }

  placeOf(hunk: PatchHunk): Place | undefined {
    const place = this.#nearPlace(hunk) ?? this.#anyPlace(hunk)
    if (place) this.#search.shifts.set(this.#part, place.from - hunk.at)
    return place
  }

  /** True where what a hunk inserts is there. */
  has(hunk: PatchHunk): boolean {
    const { length } = this.#text
    return this.#spend(length) && isThere(this.#string(), hunk)
  }

  #nearPlace(hunk: PatchHunk): Place | undefined {
    for (const shift of new Set([0, this.#search.shifts.get(this.#part) ?? 0])) {
      if (!this.#spend(NEAR_COST + hunk.deleted.length)) return undefined
      const at = hunk.at + shift
      const from = Math.max(0, at - NEAR)
      const to = Math.min(this.#text.length, at + hunk.deleted.length + NEAR)
      if (from >= to) continue
      const place = findNear(this.#text.sliceString(from, to), hunk, { from, at })
      if (place) return place
    }
    return undefined
  }

  #anyPlace(hunk: PatchHunk): Place | undefined {
    const { length } = this.#text
    if (!this.#spend(length)) return undefined
    const exact = findExactPlace(this.#string(), hunk)
    if (exact || hunk.inserted === '') return exact
    return this.#spend(FUZZY_COST * length) ? findInsertPlace(this.#string(), hunk) : undefined
  }

  #spend(cost: number): boolean {
    this.#search.left -= cost
    return this.#search.left >= 0
  }

  #string(): string {
    return (this.#whole ??= this.#text.sliceString(0))
  }
}
