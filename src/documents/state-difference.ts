import type { CellId, PartId } from '../sync/change.ts'
import { cellsOf, fieldOf, streamOf, textOf } from '../sync/document-state.ts'
import type { DocumentState, Stream } from '../sync/document-state.ts'
import { cellOf } from '../sync/edit.ts'
import type { Edit, PartOp, TextOp } from '../sync/edit.ts'
import { streamOps } from './worksheet-codec.ts'

type Text = ReturnType<typeof textOf>
export type DiffTexts = (from: Text, to: Text) => TextOp[2]

/** Fields that no file has: another content of the file says nothing about them. */
const NOT_IN_FILES = /\.run$/

/** The edit that makes what a file says now out of what it said before. */
export function stateDifference(
  from: DocumentState,
  to: DocumentState,
  diffTexts: DiffTexts,
): Edit {
  const ops: PartOp[] = []
  for (const list of keysOf(from.lists, to.lists)) ops.push(...listOps(from, to, list))
  const kept = (part: PartId): boolean => {
    const cell = cellOf(part)
    return cell === undefined || to.cells.get(cell) !== undefined
  }
  for (const part of keysOf(from.texts, to.texts).filter(kept)) {
    const changes = textOf(from, part).eq(textOf(to, part))
      ? undefined
      : diffTexts(textOf(from, part), textOf(to, part))
    if (changes && !changes.empty) ops.push(['t', part, changes])
  }
  for (const part of keysOf(from.fields, to.fields).filter(kept)) {
    const value = fieldOf(to, part)
    if (NOT_IN_FILES.test(part) || equalJson(fieldOf(from, part), value)) continue
    ops.push(['f', part, value])
  }
  for (const part of keysOf(from.streams, to.streams).filter(kept)) {
    ops.push(...streamDifference(part, streamOf(from, part), streamOf(to, part)))
  }
  return ops
}

function keysOf(...maps: readonly { sortedKeys(): string[] }[]): string[] {
  return [...new Set(maps.flatMap((map) => map.sortedKeys()))]
}

/** Deletes what is gone; then, in the new order, inserts what is new and moves what stands elsewhere. */
function listOps(from: DocumentState, to: DocumentState, list: PartId): PartOp[] {
  const before = cellsOf(from, list)
  const after = cellsOf(to, list)
  const ops: PartOp[] = []
  const remaining = new Set(after)
  for (const cell of before) if (!remaining.has(cell)) ops.push(['d', list, cell])
  const places = new Map(before.map((cell, index) => [cell, index]))
  const inOrder = longestIncreasing(after.flatMap((cell) => places.get(cell) ?? []))
  let previous: CellId = ''
  for (const cell of after) {
    const place = places.get(cell)
    if (place === undefined) ops.push(['i', list, cell, previous])
    else if (!inOrder.has(place)) ops.push(['m', list, cell, previous])
    previous = cell
  }
  return ops
}

/** A longest run of numbers, all different, that increase in the order they stand in (patience sorting). */
function longestIncreasing(numbers: readonly number[]): Set<number> {
  const tails: number[] = []
  const before = new Map<number, number | undefined>()
  for (const number of numbers) {
    let low = 0
    for (let high = tails.length; low < high;) {
      const middle = (low + high) >> 1
      if ((tails[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    before.set(number, tails[low - 1])
    tails[low] = number
  }
  const longest = new Set<number>()
  for (let number = tails.at(-1); number !== undefined; number = before.get(number)) {
    longest.add(number)
  }
  return longest
}

/** What marks that a run's output was changed in the file: a stream of another name begins. */
const CHANGED_SUFFIX = '~'

function streamDifference(part: PartId, from: Stream, to: Stream): PartOp[] {
  const same = from.messages.every((message, index) => equalJson(message, to.messages[index]))
  if (from.run === to.run && same) {
    const added = to.messages.slice(from.messages.length)
    if (from.messages.length > to.messages.length) return begin(part, to)
    return added.length === 0 ? [] : [['a', part, from.run, from.next, added]]
  }
  return begin(part, from.run === to.run ? { ...to, run: `${to.run}${CHANGED_SUFFIX}` } : to)
}

function begin(part: PartId, { run, messages }: Stream): PartOp[] {
  return streamOps(part, { stream: run, messages })
}

function equalJson(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}
