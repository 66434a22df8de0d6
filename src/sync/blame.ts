import { Text } from '@codemirror/state'
import type { ChangeSet } from '@codemirror/state'

import { Attribution, START } from './attribution.ts'
import { replacements } from './replacements.ts'

/** Lines that follow each other, whose last change is one. */
export interface LineRange {
  /** From 1. */
  readonly line: number
  readonly count: number
  /** As given to `apply`; START where no change of it is known. */
  readonly origin: number
}

/** Who changed each line of a text last: the text is played through its changes. */
export class TextBlame {
  #text: Text
  #attribution: Attribution

  constructor(text: Text = Text.empty) {
    this.#text = text
    this.#attribution = new Attribution(text.length, { keepDeleted: false })
  }

  get text(): Text {
    return this.#text
  }

  /** `origin` is a number that grows from change to change. */
  apply(changes: ChangeSet, origin: number): void {
    let grown = 0
    for (const { from, to, inserted } of replacements(changes)) {
      const at = from + grown
      if (to > from) this.#attribution.delete(at, to - from, origin)
      if (inserted.length > 0) this.#attribution.insert(at, inserted.length, origin)
      else if (!this.#areWholeLines(from, to)) this.#attribution.mark(at, origin)
      grown += inserted.length - (to - from)
    }
    this.#text = changes.apply(this.#text)
  }

  /** Nothing of the lines around was changed. */
  #areWholeLines(from: number, to: number): boolean {
    const text = this.#text
    const begins = from === 0 || text.sliceString(from - 1, from) === '\n'
    return begins && (to === text.length || text.sliceString(to - 1, to) === '\n')
  }

  lines(): readonly LineRange[] {
    const ranges: { line: number; count: number; origin: number }[] = []
    this.#latest().forEach((origin, index) => {
      const last = ranges.at(-1)
      if (last?.origin === origin) last.count++
      else ranges.push({ line: index + 1, count: 1, origin })
    })
    return ranges
  }

  /** The latest origin of each line. */
  #latest(): number[] {
    const text = this.#text
    const latest = Array.from({ length: text.lines }, () => START)
    let number = 1
    let { to: lineEnd } = text.line(number)
    let at = 0
    for (const { length, origin } of this.#attribution.runs()) {
      const end = at + length
      for (;;) {
        // A line break belongs to the line that it ends.
        while (at > lineEnd && number < text.lines) lineEnd = text.line(++number).to
        latest[number - 1] = Math.max(latest[number - 1] ?? START, origin)
        if (end <= lineEnd + 1 || number === text.lines) break
        at = lineEnd + 1
      }
      at = end
    }
    return latest
  }
}
