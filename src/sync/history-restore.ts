import { ChangeSet } from '@codemirror/state'
import type { Text } from '@codemirror/state'

import type { PartId } from './change.ts'
import { type DocumentState, textOf } from './document-state.ts'
import { cellOf, type Edit, type TextOp } from './edit.ts'
import { replacements } from './replacements.ts'

/** Of an edit what concerns one part, or one cell with all its parts. */
export function onlyPart(edit: Edit, part: PartId): Edit {
  return edit.filter((op) => {
    if (op[0] === 'i' || op[0] === 'm' || op[0] === 'd') return op[2] === part
    return op[1] === part || cellOf(op[1]) === part
  })
}

/**
 * Of an edit that leads from one document to an earlier one what concerns these lines of a text part, as they were
 * (from 1). What is inserted is cut to the lines; what is deleted goes only where all that stands in its place is theirs.
 */
export function onlyLines(
  edit: Edit,
  of: {
    readonly part: PartId
    readonly now: DocumentState
    readonly earlier: DocumentState
    readonly lines: { readonly from: number; readonly to: number }
  },
): Edit {
  const earlier = textOf(of.earlier, of.part)
  if (of.lines.from > earlier.lines) return []
  const last = earlier.line(Math.min(of.lines.to, earlier.lines))
  const range = {
    start: earlier.line(of.lines.from).from,
    end: Math.min(earlier.length, last.to + 1),
  }
  const op = edit.find((each): each is TextOp => each[0] === 't' && each[1] === of.part)
  if (op === undefined) return []
  const changes = clipped(op[2], { now: textOf(of.now, of.part), earlier, range })
  return changes.empty ? [] : [['t', op[1], changes]]
}

function clipped(
  changes: ChangeSet,
  of: {
    readonly now: Text
    readonly earlier: Text
    readonly range: { readonly start: number; readonly end: number }
  },
): ChangeSet {
  const { start, end } = of.range
  const kept: { from: number; to: number; insert: Text }[] = []
  let grown = 0
  for (const { from, to, inserted } of replacements(changes)) {
    const at = from + grown
    const after = at + inserted.length
    grown += inserted.length - (to - from)
    // Whole lines that stand before the range, or what follows it, are not its own.
    const isBefore = after === start && endsLine(of.now, to)
    const isBehind = at === end && end < of.earlier.length
    if (at >= start && after <= end && !isBefore && !isBehind)
      kept.push({ from, to, insert: inserted })
    else if (after > start && at < end) {
      const piece = inserted.slice(Math.max(0, start - at), Math.min(inserted.length, end - at))
      kept.push({ from, to: from, insert: piece })
    }
  }
  return ChangeSet.of(kept, changes.length)
}

function endsLine(text: Text, offset: number): boolean {
  return offset > 0 && text.sliceString(offset - 1, offset) === '\n'
}
