/** A stretch of a text that one change inserted, or that was there from the start. */
export interface Run {
  length: number
  /** The change that inserted it; START: none that is known. */
  readonly origin: number
  /** The change that deleted it; it is no longer in the text. */
  readonly deletedBy: number | undefined
}

export const START = -1

/** A block of twice as many runs is split in two: neither the runs in a block nor the blocks become many. */
const BLOCK_RUNS = 128

interface Block {
  runs: Run[]
  /** Characters of it in the text. */
  length: number
}

/**
 * Who inserted each character of a text, kept up to date change by change: runs in blocks, so that a change costs the
 * number of blocks and the runs of one.
 *
 * With `keepDeleted` what was there at the start and is deleted keeps its place as a run of its own.
 */
export class Attribution {
  readonly #keepDeleted: boolean
  #blocks: Block[]

  constructor(length: number, options: { readonly keepDeleted: boolean }) {
    this.#keepDeleted = options.keepDeleted
    const run: Run = { length, origin: START, deletedBy: undefined }
    this.#blocks = [{ runs: length === 0 ? [] : [run], length }]
  }

  insert(at: number, length: number, origin: number): void {
    if (length === 0) return
    const { block, index } = this.#boundary(at, 'before')
    const before = block.runs[index - 1]
    if (before?.origin === origin && before.deletedBy === undefined) before.length += length
    else block.runs.splice(index, 0, { length, origin, deletedBy: undefined })
    block.length += length
    this.#splitWhereFull(block)
  }

  delete(at: number, length: number, deletedBy: number): void {
    for (let left = length; left > 0;) {
      const { block, index } = this.#boundary(at, 'after')
      const first = block.runs.findIndex(
        (each, position) => position >= index && each.deletedBy === undefined,
      )
      const run = block.runs[first]
      if (run === undefined) return
      const taken = Math.min(left, run.length)
      if (taken < run.length) splitRun(block.runs, first, taken)
      if (this.#keepDeleted && run.origin === START)
        block.runs[first] = { length: taken, origin: START, deletedBy }
      else block.runs.splice(first, 1)
      block.length -= taken
      left -= taken
    }
  }

  /** A mark without length: something was deleted here. Marks at one place become one, the latest. */
  mark(at: number, origin: number): void {
    const { block, index } = this.#boundary(at, 'before')
    const before = block.runs[index - 1]
    if (before?.length === 0) block.runs[index - 1] = { ...before, origin }
    else block.runs.splice(index, 0, { length: 0, origin, deletedBy: undefined })
    this.#splitWhereFull(block)
  }

  *runs(): IterableIterator<Readonly<Run>> {
    for (const { runs } of this.#blocks) yield* runs
  }

  /** Where a run begins at this place of the text; one that goes over it is split. `after`: with the character there. */
  #boundary(at: number, side: 'before' | 'after'): { block: Block; index: number } {
    let left = at
    let block = this.#blocks[0]
    for (const each of this.#blocks) {
      block = each
      if (left < each.length || (left === each.length && side === 'before')) break
      left -= each.length
    }
    const { runs } = block ?? { runs: [] }
    let index = 0
    for (; left > 0; index++) {
      const run = runs[index]
      if (run === undefined) break
      if (run.deletedBy !== undefined) continue
      if (run.length > left) splitRun(runs, index, left)
      left -= run.length
    }
    return { block: block ?? { runs: [], length: 0 }, index }
  }

  #splitWhereFull(block: Block): void {
    if (block.runs.length < 2 * BLOCK_RUNS) return
    const runs = block.runs.splice(BLOCK_RUNS)
    const length = lengthOf(runs)
    block.length -= length
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, { runs, length })
  }
}

function splitRun(runs: Run[], index: number, length: number): void {
  const run = runs[index]
  if (run === undefined) return
  runs.splice(index + 1, 0, { ...run, length: run.length - length })
  run.length = length
}

function lengthOf(runs: readonly Run[]): number {
  let length = 0
  for (const run of runs) if (run.deletedBy === undefined) length += run.length
  return length
}
