import type { ChangeSet, Text } from '@codemirror/state'

import { applyEdit } from './apply.ts'
import type { CellId, PartId } from './change.ts'
import { textOf } from './document-state.ts'
import type { DocumentState, ListEntry, Stream } from './document-state.ts'
import type { Edit, PartOp } from './edit.ts'
import { hashText } from './hash.ts'

/**
 * The sum of a document, told with every range of versions: 32 bits that differ, as good as always, where documents
 * differ. It is the sum (mod 2^32) of a hash of each 8 neighbouring characters of a text, of each field, of each two
 * neighbouring cells, and of each stream's run and length. So an edit costs what it changes and 7 characters on each side,
 * however long the lines and the text are. What it can't see (the same change made at two places with the same
 * surroundings, what a stream's messages say) is seen by `hashState`, which is compared when idle.
 */
export interface Summed {
  readonly state: DocumentState
  readonly sum: number
}

/** Characters hashed together. */
const WINDOW = 8

/** Characters that are taken out of a text at once. */
const ONE_PIECE = 1024

/** After WINDOW shifts nothing of a character is left in 32 bits. */
const SHIFT = 32 / WINDOW

const FACTOR = 0x85ebca6b

/** The document after an edit, with its sum. `apply` is `applyEdit`, or one that checks more. */
export function applySummed(from: Summed, edit: Edit, apply = applyEdit): Summed {
  let { state, sum } = from
  for (const op of edit) {
    const next = apply(state, edit.length === 1 ? edit : [op])
    sum = sumAfter(sum, op, { before: state, after: next })
    state = next
  }
  return { state, sum }
}

/** O(length): when a document is opened. */
export function sumOfState(state: DocumentState): number {
  let sum = 0
  for (const [part, text] of state.texts.entries())
    sum += sumRange(text, seedOf(part), { from: 0, to: text.length })
  for (const [part] of state.fields.entries()) sum += sumOfField(state, part)
  for (const [list, entries] of state.lists.entries())
    sum += sumOfEntries(list, entries, { from: 0, to: entries.length })
  for (const [part, stream] of state.streams.entries()) sum += sumOfStream(part, stream)
  return sum >>> 0
}

function sumAfter(
  sum: number,
  op: PartOp,
  { before, after }: { readonly before: DocumentState; readonly after: DocumentState },
): number {
  if (before === after) return sum
  switch (op[0]) {
    case 't':
      return (sum + textStep(op[1], op[2], textOf(before, op[1]), textOf(after, op[1]))) >>> 0
    case 'f':
      return (sum + sumOfField(after, op[1]) - sumOfField(before, op[1])) >>> 0
    case 'i':
    case 'm':
      return (sum + listStep(op[1], before, after)) >>> 0
    case 'd':
      return (sum + listStep(op[1], before, after) - sumOfCell(before, op[2])) >>> 0
    case 'a':
    case 'c':
      return (
        (sum +
          sumOfStream(op[1], after.streams.get(op[1])) -
          sumOfStream(op[1], before.streams.get(op[1]))) >>>
        0
      )
    case 'r':
      return sum
  }
}

/** What a change of a text adds: only windows that hold a changed place are looked at. */
// oxlint-disable-next-line max-params -- the part, and the change with both its texts
function textStep(part: PartId, changes: ChangeSet, before: Text, after: Text): number {
  const seed = seedOf(part)
  let sum = 0
  for (const { old, fresh } of blocksOf(changes))
    sum += sumRange(after, seed, fresh) - sumRange(before, seed, old)
  return sum | 0
}

interface Range {
  readonly from: number
  readonly to: number
}

/** The changed ranges before and after; two that share windows are one. */
function blocksOf(changes: ChangeSet): readonly { old: Range; fresh: Range }[] {
  const blocks: { old: Range; fresh: Range }[] = []
  // oxlint-disable-next-line max-params -- the callback that CodeMirror calls
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    const last = blocks.at(-1)
    if (last && fromA - last.old.to < WINDOW - 1) {
      last.old = { from: last.old.from, to: toA }
      last.fresh = { from: last.fresh.from, to: toB }
    } else blocks.push({ old: { from: fromA, to: toA }, fresh: { from: fromB, to: toB } })
  })
  return blocks
}

/** The sum of all windows that hold a character of the range, or, where it is empty, both characters beside it. */
function sumRange(text: Text, seed: number, range: Range): number {
  const start = range.from - (WINDOW - 1)
  const end = range.to + (WINDOW - 1)
  const from = Math.max(0, start)
  const to = Math.min(text.length, end)
  // Before the beginning and after the end stand zeros. The first window is whole after so many characters.
  let before = WINDOW - 1 - (from - start)
  let sum = 0
  let hash = 0
  for (const units of piecesOf(text, from, to)) {
    let at = 0
    for (; before > 0 && at < units.length; at++, before--)
      hash = ((hash << SHIFT) + units.charCodeAt(at) + 1) | 0
    for (; at < units.length; at++) {
      hash = ((hash << SHIFT) + units.charCodeAt(at) + 1) | 0
      sum = (sum + mixed(hash, seed)) | 0
    }
  }
  for (let left = end - to; left > 0; left--) {
    hash <<= SHIFT
    if (before > 0) before--
    else sum = (sum + mixed(hash, seed)) | 0
  }
  return Math.imul(sum, FACTOR)
}

/** Line by line where it is long: making one string of megabytes takes longer than their sum. */
function piecesOf(text: Text, from: number, to: number): Iterable<string> {
  return to - from > ONE_PIECE ? text.iterRange(from, to) : [text.sliceString(from, to)]
}

function mixed(hash: number, seed: number): number {
  const once = Math.imul(hash ^ (hash >>> 15), seed)
  return once ^ (once >>> 13)
}

/** Odd, so that multiplying with it loses nothing. */
function seedOf(part: PartId): number {
  return part === '' ? 0x9e3779b1 : hashText(part) | 1
}

function sumOfField(state: DocumentState, part: PartId): number {
  const value = state.fields.get(part)
  return value === undefined ? 0 : hashText(`${part}\n${JSON.stringify(value)}`)
}

function sumOfStream(part: PartId, stream: Stream | undefined): number {
  return stream === undefined ? 0 : hashText(`${part}\n${stream.run}\n${stream.next}`)
}

/** The common beginning and end are left out: an insert into a thousand cells costs a few hashes. */
function listStep(list: PartId, before: DocumentState, after: DocumentState): number {
  const old = before.lists.get(list) ?? []
  const fresh = after.lists.get(list) ?? []
  const shorter = Math.min(old.length, fresh.length)
  let head = 0
  while (head < shorter && old[head] === fresh[head]) head++
  let tail = 0
  while (tail < shorter - head && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail])
    tail++
  return (
    sumOfEntries(list, fresh, { from: head, to: fresh.length - tail }) -
    sumOfEntries(list, old, { from: head, to: old.length - tail })
  )
}

/** Of each two neighbours one of whom, or both of whose sides, the range touches. */
function sumOfEntries(list: PartId, entries: readonly ListEntry[], range: Range): number {
  if (entries.length === 0) return 0
  let sum = 0
  for (let at = range.from; at <= range.to; at++)
    sum += hashText(`${list}\n${nameOf(entries[at - 1])}\n${nameOf(entries[at])}`)
  return sum | 0
}

function nameOf(entry: ListEntry | undefined): string {
  return entry === undefined ? '' : `${entry.cell}${entry.deleted ? '-' : ''}`
}

/** All that goes with a cell. */
function sumOfCell(state: DocumentState, cell: CellId): number {
  let sum = 0
  for (const [part, text] of state.texts.under(cell))
    sum += sumRange(text, seedOf(part), { from: 0, to: text.length })
  for (const [part] of state.fields.under(cell)) sum += sumOfField(state, part)
  for (const [part, stream] of state.streams.under(cell)) sum += sumOfStream(part, stream)
  return sum | 0
}
