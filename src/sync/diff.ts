import { ChangeSet } from '@codemirror/state'

import type { CellId, PartId } from './change.ts'
import { EMPTY_STREAM, cellsOf, fieldOf, stringOf, textOf, toText } from './document-state.ts'
import type { DocumentState, Stream } from './document-state.ts'
import { cellOf } from './edit.ts'
import type { Edit, PartOp } from './edit.ts'
import { atOnce, type Steps } from './steps.ts'
import { diffCharacters } from './text-diff.ts'

/** How long a diff may look for a smaller answer, in seconds; then it takes a coarser one. For workers. */
const DIFF_TIMEOUT_S = 0.2

/**
 * What a second is worth: this folder reads no clock, and what two machines find must be the same. A slow core makes so
 * many comparisons in it.
 */
const COMPARISONS_PER_SECOND = 50_000_000

/** And for each character of both texts it makes at most so many, so that a short text never takes long. */
const COMPARISONS_PER_CHARACTER = 3
const COMPARISONS_MIN = 1_000_000

/**
 * How to make the one text of the other, where nobody knows what was changed. No range begins or ends inside a
 * surrogate pair. The work is bounded whatever the texts are: O(length), and what `timeoutS` allows.
 */
export function diffTexts(from: string, to: string, timeoutS?: number): ChangeSet {
  return atOnce(diffTextsInSteps(from, to, timeoutS))
}

function* diffTextsInSteps(from: string, to: string, timeoutS = DIFF_TIMEOUT_S): Steps<ChangeSet> {
  const byLength = COMPARISONS_PER_CHARACTER * (from.length + to.length)
  const most = Math.max(COMPARISONS_MIN, byLength)
  const budget = { left: Math.min(timeoutS * COMPARISONS_PER_SECOND, most) }
  const found = yield* diffCharacters(from, to, budget)
  const specs = found.map(({ fromA, toA, fromB, toB }) =>
    widened(from, { from: fromA, to: toA, insert: to.slice(fromB, toB) }),
  )
  return ChangeSet.of(
    specs.map((spec) => ({ ...spec, insert: toText(spec.insert) })),
    from.length,
  )
}

/**
 * How to make the one document of the other: by the ids of cells, so a codec gives a cell that it knows again its id.
 * Streams that go on are appended to, others are begun anew.
 */
export function diffStates(from: DocumentState, to: DocumentState, timeoutS?: number): Edit {
  return atOnce(diffStatesInSteps(from, to, timeoutS))
}

/** The same, where others wait: in steps of some milliseconds. */
export function* diffStatesInSteps(
  from: DocumentState,
  to: DocumentState,
  timeoutS?: number,
): Steps<Edit> {
  const lists = new Set([...from.lists.sortedKeys(), ...to.lists.sortedKeys()])
  const ops: PartOp[] = [...lists].flatMap((list) =>
    diffLists(list, cellsOf(from, list), cellsOf(to, list)),
  )
  const deleted = new Set(ops.map((op) => (op[0] === 'd' ? op[2] : undefined)))
  const isDeleted = (part: PartId): boolean => deleted.has(cellOf(part) ?? '')
  for (const part of union(from.texts.sortedKeys(), to.texts.sortedKeys())) {
    if (isDeleted(part) || textOf(from, part).eq(textOf(to, part))) continue
    const texts = [stringOf(from, part), stringOf(to, part)] as const
    ops.push(['t', part, yield* diffTextsInSteps(...texts, timeoutS)])
  }
  for (const part of union(from.fields.sortedKeys(), to.fields.sortedKeys())) {
    const value = fieldOf(to, part)
    if (!isDeleted(part) && JSON.stringify(fieldOf(from, part)) !== JSON.stringify(value))
      ops.push(['f', part, value])
  }
  for (const part of union(from.streams.sortedKeys(), to.streams.sortedKeys()))
    if (!isDeleted(part))
      ops.push(...diffStreams(part, from.streams.get(part), to.streams.get(part)))
  return ops
}

/** How much an edit changes; deletions weigh double, because a stale base shows as deletions. */
export function editCost(edit: Edit): number {
  let cost = 0
  for (const op of edit) {
    if (op[0] !== 't') cost += op[0] === 'd' ? 2 : 1
    else
      op[2].iterChanges((fromA, toA, fromB, toB) => {
        cost += 2 * (toA - fromA) + (toB - fromB)
      })
  }
  return cost
}

function diffLists(list: PartId, from: readonly CellId[], to: readonly CellId[]): PartOp[] {
  const wanted = new Set(to)
  const ops: PartOp[] = from
    .filter((cell) => !wanted.has(cell))
    .map((cell) => ['d', list, cell] as const)
  const order = from.filter((cell) => wanted.has(cell))
  const known = new Set(order)
  to.forEach((cell, index) => {
    if (order[index] === cell) return
    const after = to[index - 1] ?? ''
    if (known.has(cell)) {
      ops.push(['m', list, cell, after])
      order.splice(order.indexOf(cell), 1)
    } else ops.push(['i', list, cell, after])
    order.splice(index, 0, cell)
  })
  return ops
}

function diffStreams(part: PartId, from = EMPTY_STREAM, to = EMPTY_STREAM): PartOp[] {
  const fresh = to.messages.slice(from.messages.length)
  const sequence = to.next - fresh.length
  if (from.run === to.run && sequence >= from.next && startsWith(to, from))
    return fresh.length === 0 ? [] : [['a', part, to.run, sequence, fresh]]
  const begin: PartOp = ['c', part, to.run]
  if (to.messages.length === 0) return [begin]
  return [begin, ['a', part, to.run, to.next - to.messages.length, to.messages]]
}

function startsWith(stream: Stream, start: Stream): boolean {
  const messages = stream.messages.slice(0, start.messages.length)
  return JSON.stringify(messages) === JSON.stringify(start.messages)
}

function union(a: readonly string[], b: readonly string[]): Iterable<string> {
  return new Set([...a, ...b])
}

/** The same replacement with whole characters: the other half of a pair is replaced by itself. */
function widened(text: string, change: { from: number; to: number; insert: string }) {
  const { from, to, insert } = change
  const before = isInPair(text, from) ? text.slice(from - 1, from) : ''
  const after = isInPair(text, to) ? text.slice(to, to + 1) : ''
  const whole = { from: from - before.length, to: to + after.length }
  return trimmed(text, { ...whole, insert: before + insert + after })
}

/**
 * Without the characters that both begin or end with: two characters that share half of their pairs are compared as one
 * and a half, and one that was kept would be replaced by itself.
 */
function trimmed(text: string, change: { from: number; to: number; insert: string }) {
  let { from, to, insert } = change
  while (from < to && insert !== '' && text[to - 1] === insert.at(-1)) {
    const length = isInPair(text, to - 1) ? 2 : 1
    if (!insert.endsWith(text.slice(to - length, to))) break
    to -= length
    insert = insert.slice(0, -length)
  }
  while (from < to && insert !== '' && text[from] === insert[0]) {
    const length = isInPair(text, from + 1) ? 2 : 1
    if (!insert.startsWith(text.slice(from, from + length))) break
    from += length
    insert = insert.slice(length)
  }
  return { from, to, insert }
}

function isInPair(text: string, offset: number): boolean {
  const first = text.charCodeAt(offset - 1)
  const second = text.charCodeAt(offset)
  return first >= 0xd800 && first < 0xdc00 && second >= 0xdc00 && second < 0xe000
}
