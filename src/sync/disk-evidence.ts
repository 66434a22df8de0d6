import type { ChangeSet } from '@codemirror/state'

import type { PartId } from './change.ts'
import { authorKey, itemsAfter } from './commit.ts'
import type { BaseChoice } from './disk-base.ts'
import { DISK_SID, type SavedBase } from './saved-base.ts'
import { textOf } from './document-state.ts'
import { cellOf } from './edit.ts'
import type { Edit, TextOp } from './edit.ts'
import type { Owner } from './owner.ts'

/** So many characters in a row are not the same by chance where a program inserted something beside them. */
export const NO_CHANCE_LENGTH = 3

interface Range {
  readonly from: number
  readonly to: number
}

interface Kept extends Range {
  /** Text was inserted right before, or right after. */
  readonly insertedBefore: boolean
  readonly insertedAfter: boolean
}

/**
 * True where a foreign document holds text that people brought into the document after `base` and that was on the disk
 * with `later`: then it was made of a newer one. Otherwise that text would be taken for the program's, and be there twice.
 * `later` is a version of the history, with the change that makes the foreign document of it.
 */
export function holdsLaterText(owner: Owner, base: SavedBase, later: BaseChoice): boolean {
  for (const [part, ranges] of broughtBetween(owner, base, later.base.v)) {
    const { length } = textOf(later.base.state, part)
    const kept = keptBy(later.edit, part, length)
    if (ranges.some((range) => kept.some((each) => isEvidence(range, each)))) return true
  }
  return false
}

/** Where in version v the text is that people brought in since the base, by part. */
function broughtBetween(owner: Owner, base: SavedBase, v: number): Map<PartId, Range[]> {
  const disk = owner.authorIndexes.get(authorKey({ sid: DISK_SID, accountId: '' }))
  const brought = new Map<PartId, Range[]>()
  const follow = (edit: Edit, isPeoples: boolean): void => {
    for (const op of edit) {
      // Its text is gone, also where the cell is made again.
      if (op[0] === 'd')
        for (const part of brought.keys()) if (cellOf(part) === op[2]) brought.delete(part)
      if (op[0] !== 't') continue
      const inserted = insertedBy(op[2])
      const mapped = mapRanges(brought.get(op[1]) ?? [], op[2])
      const all = isPeoples ? joined([...mapped, ...inserted]) : without(mapped, inserted)
      brought.set(op[1], all)
    }
  }
  for (const edit of base.chain) follow(edit, true)
  for (const { edit, by } of itemsAfter(owner, base.v).slice(0, v - base.v))
    follow(edit, by !== disk)
  return brought
}

function mapRanges(ranges: readonly Range[], changes: ChangeSet): Range[] {
  return ranges
    .map(({ from, to }) => ({ from: changes.mapPos(from, 1), to: changes.mapPos(to, -1) }))
    .filter(({ from, to }) => to > from)
}

function insertedBy(changes: ChangeSet): Range[] {
  const ranges: Range[] = []
  changes.iterChanges((_fromA, _toA, from, to) => {
    if (to > from) ranges.push({ from, to })
  }, true)
  return ranges
}

/** Sorted, and those that touch as one. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = all.at(-1)
    if (last && last.to >= range.from) {
      all[all.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    } else all.push(range)
  }
  return all
}

/** What a program inserted into a range is not of it. */
function without(ranges: readonly Range[], inserted: readonly Range[]): Range[] {
  return inserted.reduce(
    (rest, { from, to }) =>
      rest.flatMap((range) =>
        [
          { from: range.from, to: Math.min(range.to, from) },
          { from: Math.max(range.from, to), to: range.to },
        ].filter((piece) => piece.to > piece.from),
      ),
    [...ranges],
  )
}

/** The ranges of a text of this length that an edit leaves as they are. */
function keptBy(edit: Edit, part: string, length: number): Kept[] {
  // A deleted cell keeps nothing.
  if (edit.some((op) => op[0] === 'd' && part.startsWith(`${op[2]}.`))) return []
  const changes = edit.find((op): op is TextOp => op[0] === 't' && op[1] === part)?.[2]
  const ranges: Kept[] = []
  let from = 0
  let insertedBefore = false
  changes?.iterChanges((fromA, toA, fromB, toB) => {
    const inserted = toB > fromB
    if (fromA > from) ranges.push({ from, to: fromA, insertedBefore, insertedAfter: inserted })
    from = toA
    insertedBefore = inserted
  }, true)
  if (length > from) ranges.push({ from, to: length, insertedBefore, insertedAfter: false })
  return ranges
}

/** What was typed is still there, and not by chance as a letter of what a program inserted. */
function isEvidence(typed: Range, kept: Kept): boolean {
  const from = Math.max(typed.from, kept.from)
  const to = Math.min(typed.to, kept.to)
  if (to <= from) return false
  const isBesideInserted =
    (from === kept.from && kept.insertedBefore) || (to === kept.to && kept.insertedAfter)
  return !isBesideInserted || to - from >= NO_CHANCE_LENGTH
}
