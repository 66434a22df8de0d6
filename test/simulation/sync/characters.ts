import type { DocumentState } from '../../../src/sync/document-state.ts'
import { textOf } from '../../../src/sync/document-state.ts'

/** Each typed character is another one, so that a lost or doubled one is seen; some are surrogate pairs. */
const FIRST_CHARACTER = 0x4e00
const FIRST_ASTRAL = 0x20000
const ASTRAL_EVERY = 7

/** Book-keeping of all that was typed in a schedule. */
export class Characters {
  /** Who typed each: the session. */
  readonly typed = new Map<string, string>()
  /** What somebody deleted, or took back. */
  readonly deleted = new Set<string>()
  /** How often undo or redo brought one back, by session: that many more may be there. */
  readonly #revived = new Map<string, Map<string, number>>()

  make(by: string): string {
    const count = this.typed.size
    const first = count % ASTRAL_EVERY === 0 ? FIRST_ASTRAL : FIRST_CHARACTER
    const character = String.fromCodePoint(first + count)
    this.typed.set(character, by)
    return character
  }

  erase(text: string): void {
    for (const character of text) this.deleted.add(character)
  }

  /** What this one wrote, and that is not in the document that replaced its own, is deleted. */
  overwrite(by: string, state: DocumentState): void {
    const there = countsIn(state)
    for (const [character, author] of this.typed)
      if (author === by && !there.has(character)) this.deleted.add(character)
  }

  revive(by: string, character: string): void {
    const revived = this.#revived.get(character) ?? new Map<string, number>()
    revived.set(by, (revived.get(by) ?? 0) + 1)
    this.#revived.set(character, revived)
  }

  /** True where this session typed it, or brought it back. */
  isOf(by: string, character: string): boolean {
    return this.typed.get(character) === by || this.#revived.get(character)?.has(by) === true
  }

  /** How often a character may stand in the document. */
  most(character: string): number {
    let most = 1
    for (const count of this.#revived.get(character)?.values() ?? []) most += count
    return most
  }
}

/** How often each typed character stands in the document. */
export function countsIn(state: DocumentState): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, text] of state.texts.entries())
    for (const character of text.sliceString(0, undefined, ''))
      counts.set(character, (counts.get(character) ?? 0) + 1)
  return counts
}

/** The nearest offset at or before this one that splits no surrogate pair. */
export function wholeOffset(state: DocumentState, part: string, offset: number): number {
  if (offset === 0) return 0
  const before = textOf(state, part)
    .sliceString(offset - 1, offset)
    .charCodeAt(0)
  return before >= 0xd800 && before < 0xdc00 ? offset - 1 : offset
}
